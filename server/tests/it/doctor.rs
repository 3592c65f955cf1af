//! `creditpackd doctor`: what it finds in installations that are well, and in those that are not.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

fn creditpackd(folder: &Path, command: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_creditpackd"));
    program.env_clear().args(command);
    program.arg("--config").arg(folder.join("shop.toml")).arg("--data").arg(folder.join("data"));
    program
}

/// An installation as `init` makes it.
fn installed() -> TempDir {
    let folder = TempDir::new().unwrap();
    assert!(creditpackd(folder.path(), &["init"]).output().unwrap().status.success());
    folder
}

/// Asserts what the doctor says: the exit code, and lines that begin with these.
#[track_caller]
fn check(command: &mut Command, code: i32, lines: &[&str]) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for line in lines {
        assert!(said.lines().any(|it| it.starts_with(line)), "no {line:?} in\n{said}");
    }
    assert_eq!(output.status.code(), Some(code), "{said}");
    for bad in said.lines().filter(|line| line.starts_with("error") || line.starts_with("warning"))
    {
        let next = said.lines().skip_while(|line| line != &bad).nth(1).unwrap_or_default();
        let remedied = next.starts_with("         remedy: ") || bad.starts_with("errors: ");
        assert!(remedied, "{bad} has no remedy in\n{said}");
    }
    said
}

#[test]
fn a_new_installation_is_well() {
    let folder = installed();
    let mut doctor = creditpackd(folder.path(), &["doctor", "--offline"]);
    let lines = [
        "ok       config: it can be used",
        "ok       public_url: ",
        "ok       allowed_origins: http://localhost:3000",
        "ok       database: whole; schema ",
        "ok       keys: 1 secret keys",
        "ok       files: ",
        "ok       stripe: payments are test mode's own",
        "errors: 0",
    ];
    check(&mut doctor, 0, &lines);
}

#[test]
fn every_mistake_of_the_config_is_told_and_the_database_looked_at_all_the_same() {
    let folder = installed();
    let file = folder.path().join("shop.toml");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, good.replacen("credits = 5", "credits = 0", 1)).unwrap();
    let lines = ["error    config: ", "ok       database: whole", "errors: 1"];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &lines);

    let odd = "public_url = \"http://credits.example.com\"\n\
               allowed_origins = [\"http://shop.example.com\"]\n";
    let text = good.replacen("allowed_origins = [\"http://localhost:3000\"]", odd, 1);
    fs::write(&file, text).unwrap();
    let lines = ["error    public_url: http://credits", "warning  allowed_origins: http://shop"];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &lines);

    fs::write(&file, "public_url = \"https://c.example\"\n".to_owned() + &good).unwrap();
    let lines = ["warning  trusted_proxies: there are none", "errors: 0, warnings: "];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 0, &lines);
}

#[test]
fn a_database_that_is_missing_damaged_or_of_the_future_is_told() {
    let folder = installed();
    let path = folder.path().join("data/ledger.sqlite3");
    let database = Connection::open(&path).unwrap();
    database.execute_batch("update secret_keys set created_at_ms = 9e15").unwrap();
    let lines = ["error    clock: it stands "];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &lines);
    database.execute_batch("update secret_keys set created_at_ms = 0, revoked_at_ms = 1").unwrap();
    let lines = ["error    keys: no secret key"];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &lines);
    drop(database);

    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    // Not the first page: that is where it says what it is.
    damaged[8192..].chunks_mut(512).for_each(|chunk| chunk[..64].fill(0xa5));
    fs::write(&path, damaged).unwrap();
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &["error    database: "]);
    fs::remove_file(&path).unwrap();
    let lines = ["error    database: there is no ledger"];
    check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), 1, &lines);
}

#[test]
fn keys_of_the_provider_are_looked_at_and_not_shown() {
    let folder = installed();
    let doctor = |key: &str, secret: &str| {
        let mut doctor = creditpackd(folder.path(), &["doctor", "--offline"]);
        doctor.env("CREDITPACK_STRIPE_SECRET_KEY", key);
        doctor.env("CREDITPACK_STRIPE_WEBHOOK_SECRET", secret);
        doctor
    };
    for (key, secret, code, line) in [
        ("rk_test_0123456789", "whsec_1,whsec_2", 0, "ok       stripe: the key is a restricted"),
        ("sk_test_0123456789", "whsec_1", 0, "warning  stripe: the key may do everything"),
        ("pk_live_0123456789", "whsec_1", 1, "error    stripe: CREDITPACK_STRIPE_SECRET_KEY"),
        ("rk_test_0123456789", "", 1, "error    stripe: CREDITPACK_STRIPE_WEBHOOK_SECRET is not"),
        ("rk_test_0123456789", "whsec_1,x", 1, "error    stripe: CREDITPACK_STRIPE_WEBHOOK_SECRET"),
    ] {
        let said = check(&mut doctor(key, secret), code, &[line]);
        assert!(!said.contains("0123456789") && !said.contains("whsec_1"), "{said}");
    }
}

#[test]
fn a_database_of_other_payments_is_told() {
    let folder = installed();
    let database = Connection::open(folder.path().join("data/ledger.sqlite3")).unwrap();
    for (mode, code, line) in [
        ("test", 0, "ok       database: whole"),
        ("sandbox", 1, "error    database: it is for sandbox payments"),
        ("live", 1, "error    database: it is for live payments"),
    ] {
        let sql = "insert or replace into settings (name, value) values ('mode', ?1)";
        database.execute(sql, [mode]).unwrap();
        check(&mut creditpackd(folder.path(), &["doctor", "--offline"]), code, &[line]);
    }
}

#[test]
fn variables_that_do_nothing_are_told() {
    let folder = installed();
    let mut doctor = creditpackd(folder.path(), &["doctor", "--offline"]);
    doctor.env("CREDITPACK_STRIPE_SECERT_KEY", "rk_live_1").env("CREDITPACK_LOG", "info");
    doctor.env("CREDITPACK_SERVICE_HOST", "10.0.0.1").env("CREDITPACK_PORT", "tcp://10.0.0.1:80");
    doctor.env("CREDITPACK_STRIPE_SECRET_KEY", "rk_live_1");
    doctor.env("CREDITPACK_STRIPE_WEBHOOK_SECRET", "whsec_1");
    let lines = [
        "warning  environment: CREDITPACK_STRIPE_SECERT_KEY is set, and nothing",
        "warning  environment: CREDITPACK_STRIPE_SECRET_KEY is set, and [payments] mode = \"test\"",
    ];
    let said = check(&mut doctor, 0, &lines);
    assert_eq!(said.matches("environment: ").count(), 2, "{said}");
}

/// Answers one request with that status, in the last century; returns what was asked.
fn provider(status: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = vec![0; 4096];
        let read = stream.read(&mut asked).unwrap();
        let date = "date: Tue, 01 Sep 1998 12:00:00 GMT";
        write!(stream, "HTTP/1.1 {status}\r\n{date}\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(asked[..read].to_vec()).unwrap()
    });
    (url, asked)
}

#[test]
fn the_provider_is_asked_whether_it_takes_the_key_and_what_time_it_is() {
    let folder = installed();
    let file = folder.path().join("shop.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("mode = \"test\"", "", 1)).unwrap();
    for (status, line) in [
        ("200 OK", "ok       stripe: the provider takes the key"),
        ("401 Unauthorized", "error    stripe: the provider does not know the key"),
        ("403 Forbidden", "error    stripe: the key may not see checkout sessions"),
        ("500 Oh", "warning  stripe: the provider answers 500"),
    ] {
        let (url, asked) = provider(status);
        let mut doctor = creditpackd(folder.path(), &["doctor"]);
        doctor.env("CREDITPACK_STRIPE_SECRET_KEY", "rk_test_0123456789");
        doctor.env("CREDITPACK_STRIPE_WEBHOOK_SECRET", "whsec_1");
        // As the backend reads it: what ends with a slash is the same address.
        doctor.env("CREDITPACK_STRIPE_API_BASE", url + "/");
        check(&mut doctor, 1, &[line, "error    clock: it is "]);
        let asked = asked.join().unwrap().to_lowercase();
        assert!(asked.starts_with("get /v1/checkout/sessions?"), "{asked}");
        assert!(asked.contains("authorization: bearer rk_test_0123456789"), "{asked}");
    }
    let mut doctor = creditpackd(folder.path(), &["doctor"]);
    doctor.env("CREDITPACK_STRIPE_SECRET_KEY", "rk_test_0123456789");
    doctor.env("CREDITPACK_STRIPE_WEBHOOK_SECRET", "whsec_1");
    doctor.env("CREDITPACK_STRIPE_API_BASE", "http://127.0.0.1:9");
    check(&mut doctor, 0, &["warning  stripe: the provider cannot be reached"]);
}
