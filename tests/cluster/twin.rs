//! A cloned data directory: two processes with one key are noticed, and neither forks the log.

use std::path::Path;

use vigil_tests::Cluster;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a place for the clone");
    for entry in std::fs::read_dir(from).expect("readable").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_cloned_directory_makes_a_twin_that_is_told_apart_and_no_fork() {
    let mut cluster = Cluster::start(2);
    cluster.sites[1].client().ingest("{\"message\":\"original\"}\n");
    cluster.wait_in_step();
    cluster.sites[1].stop();
    let original = cluster.sites[1].dir.clone();
    let clone = original.with_file_name("clone");
    copy(&original, &clone);
    cluster.sites[1].start();
    cluster.wait_in_step();
    cluster.add("clone", &[]).start();
    let fenced = |n: usize| cluster.sites[n].cluster().is_some_and(|it| it["fenced"].as_str() != Some(""));
    cluster.sites[0].wait("one of the twins stops writing", |_| fenced(1) || fenced(2));
    let forks = cluster.sites[0].cluster().expect("reachable")["forks"].as_array().map(Vec::len);
    assert_eq!(forks, Some(0));
}

#[test]
fn a_restored_backup_is_a_new_epoch_and_no_fork() {
    let mut cluster = Cluster::start(2);
    cluster.wait_in_step();
    cluster.sites[1].stop();
    let (live, backup) = (cluster.sites[1].dir.clone(), cluster.sites[1].dir.with_file_name("backup"));
    copy(&live, &backup);
    cluster.sites[1].start();
    cluster.sites[1].client().ingest("{\"message\":\"after the backup\"}\n");
    cluster.wait_in_step();
    cluster.sites[1].stop();
    std::fs::remove_dir_all(&live).expect("deleted");
    copy(&backup, &live);
    cluster.sites[1].start();
    cluster.sites[1].client().ingest("{\"message\":\"after the restore\"}\n");
    cluster.wait_in_step();
    for site in &cluster.sites {
        assert_eq!(site.client().count("after"), 2, "what others hold comes back");
        assert_eq!(site.cluster().expect("reachable")["forks"].as_array().map(Vec::len), Some(0));
    }
}
