//! Which questions are asked, in VQL and in LogsQL, and what the yardstick took for them.

/// One question of the bench.
pub(super) struct Question {
    /// Its row in the report.
    pub(super) name: &'static str,
    /// As Vigil is asked.
    pub(super) vql: &'static str,
    /// As VictoriaLogs is asked; `None` where it has no such question.
    pub(super) logsql: Option<&'static str>,
    /// Rows of the answer at most.
    pub(super) limit: u64,
    /// Milliseconds that VictoriaLogs 1.26 took on two quiet cores over 1.1 M events: the best and the worst of its
    /// kind of question.
    pub(super) yardstick_ms: Option<(f64, f64)>,
    /// Milliseconds that the project promises first.
    pub(super) promised_ms: f64,
}

const fn question(name: &'static str, vql: &'static str, logsql: &'static str) -> Question {
    Question { name, vql, logsql: Some(logsql), limit: 100, yardstick_ms: None, promised_ms: f64::MAX }
}

impl Question {
    const fn took(self, best: f64, worst: f64) -> Question {
        Question { yardstick_ms: Some((best, worst)), ..self }
    }

    const fn promised(self, promised_ms: f64) -> Question {
        Question { promised_ms, ..self }
    }

    const fn rows(self, limit: u64) -> Question {
        Question { limit, ..self }
    }
}

/// Every question, of events as [`crate::load`] makes them.
pub(super) const QUESTIONS: [Question; 19] = [
    question("word", "refused", "refused | limit 100").took(4.0, 77.0).promised(5.0),
    question("word, any case", "REFUSED", "i(REFUSED) | limit 100").took(416.0, 416.0).promised(5.0),
    question("word, counted", "refused | stats count() as n", "refused | stats count() as n").took(4.0, 77.0),
    question("phrase", "\"Failed password\"", "\"Failed password\" | limit 100").took(5.0, 5.0).promised(5.0),
    question("field", "level:=error", "level:=error | limit 100").took(1.0, 1.0).promised(5.0),
    question("prefix", "auth*", "auth* | limit 100").took(101.0, 101.0).promised(5.0),
    question("substring", "*nnectio*", "~\"nnectio\" | limit 100"),
    question(
        "regex, any case",
        "~\"(?i)failed password for (root|admin)\" | stats count() as n",
        "~\"(?i)failed password for (root|admin)\" | stats count() as n",
    )
    .took(3300.0, 3300.0)
    .promised(330.0),
    question(
        "regex without a word",
        "~\"[a-z]_[0-9]{3}9[0-9]7\" | stats count() as n",
        "~\"[a-z]_[0-9]{3}9[0-9]7\" | stats count() as n",
    )
    .took(3300.0, 3300.0)
    .promised(330.0),
    question("group by", "* | stats by (host) count() as n", "* | stats by (host) count() as n")
        .took(4.0, 32.0)
        .promised(60.0),
    question(
        "group by two",
        "* | stats by (service, level) count() as n",
        "* | stats by (service, level) count() as n",
    )
    .took(4.0, 32.0)
    .promised(60.0),
    question(
        "filter, group by",
        "level:=error | stats by (service) count() as n",
        "level:=error | stats by (service) count() as n",
    )
    .took(4.0, 32.0)
    .promised(60.0),
    question("top", "* | top 10 by (service)", "* | top 10 by (service)").took(4.0, 32.0).promised(60.0),
    question("uniq", "* | uniq by (host)", "* | uniq by (host)").took(4.0, 32.0).promised(60.0),
    question("histogram by minute", "* | stats by (_time:1m) count() as n", "* | stats by (_time:1m) count() as n")
        .took(8.0, 30.0)
        .promised(60.0)
        .rows(1000),
    question(
        "histogram by level",
        "* | stats by (_time:5m, level) count() as n",
        "* | stats by (_time:5m, level) count() as n",
    )
    .took(8.0, 30.0)
    .promised(60.0)
    .rows(1000),
    question(
        "quantile by host",
        "* | stats by (host) quantile(0.95, pid) as p95",
        "* | stats by (host) quantile(0.95, pid) as p95",
    )
    .took(72.0, 72.0)
    .promised(100.0),
    question("latest 100", "*", "* | sort by (_time) desc | limit 100").took(4.0, 100.0).promised(5.0),
    question("1,000 rows", "level:=warn", "level:=warn | limit 1000").took(53.0, 53.0).promised(53.0).rows(1000),
];
