//! What a data file may look like, and what is said of one that is wrong.

mod support;

use costate_fit::{Data, FitError};

fn read(text: &str) -> Result<Data, FitError> {
    Data::from_csv_reader(text.as_bytes(), "t", &["a", "b"])
}

#[test]
fn the_lynx_hare_file_is_read_as_it_is() {
    let data = support::data();
    assert_eq!((data.len(), data.names()), (21, &["Hare".to_string(), "Lynx".to_string()][..]));
    assert_eq!((data.times()[0], data.times()[20]), (0.0, 20.0));
    assert_eq!((data.get(0, 0), data.get(0, 1)), (Some(30.0), Some(4.0)));
    assert_eq!((data.get(20, 0), data.get(20, 1)), (Some(24.7), Some(8.6)));
}

#[test]
fn forms_of_one_table_read_alike() {
    let expected = Data::new(&["a", "b"], &[0.0, 2.5], &[vec![Some(1.0), None], vec![Some(-3e-2), Some(4.0)]]).unwrap();
    let forms = [
        "t,a,b\n0,1,\n2.5,-3e-2,4\n",
        "b, a, t\nNA, 1, 0\n4, -0.03, 2.5",
        "# a comment\r\nt , a , b\r\n\r\n0 , 1 , nan\r\n# another\r\n2.5 , -0.03 , 4\r\n",
        "\u{feff}t,a,other,b\n0,1,words,NaN\n2.5,-0.03,,4.0\n   \n",
        "\"t\",\"a\",\"b\"\n0,\"1\",NA\n2.5,-0.03,\"4\"\n",
    ];
    for form in forms {
        assert_eq!(read(form).unwrap(), expected, "{form:?}");
    }
}

#[test]
fn errors_name_the_place_and_the_remedy() {
    let table = [
        ("t,a\n0,1\n", "input: there is no column `b`; the header has `t`, `a`"),
        ("# one\n# two\nt,a,b\n0,1,2\n# three\n1,2,x\n", "input, line 6, column `b`: reads `x`"),
        ("t,a,b\r\n0,1,2\r\n1,inf,3\r\n", "input, line 3, column `a`: reads `inf`"),
        ("t,a,b\n0,1,2\n\n1,2,bad", "input, line 4, column `b`: reads `bad`"),
        ("t,a,b\n,1,2\n", "input, line 2, column `t`: reads ``"),
        ("t,a,b\n0,1\n", "input, line 2: has 2 cells, the header has 3"),
        ("t,a,b\n0,1,2\n# no\n0,1,2\n", "input, line 4: time 0 does not come after 0"),
        ("t,a,b\n# nothing\n", "input: there is no observation"),
        ("", "input: there is no observation"),
    ];
    for (text, expected) in table {
        let message = read(text).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text:?}: {message}");
        assert!(message.contains(": ") && message.len() > expected.len() + 10, "no remedy: {message}");
    }
    let message = Data::from_csv("no/such.csv", "t", &["a"]).unwrap_err().to_string();
    assert!(message.starts_with("no/such.csv: cannot be read"), "{message}");
    assert!(matches!(read("t,a,b\n0,1,\u{0}"), Err(FitError::BadCell { .. })));
    assert!(matches!(Data::from_csv_reader(&[0x74, 0xff][..], "t", &[]), Err(FitError::Unreadable { .. })));
}

#[test]
fn data_of_a_program_are_checked_too() {
    assert!(matches!(Data::new(&["a"], &[], &[]), Err(FitError::NoObservations { .. })));
    assert!(matches!(Data::new(&["a"], &[0.0], &[]), Err(FitError::Shape { expected: 1, found: 0, .. })));
    assert!(matches!(Data::new(&["a"], &[0.0], &[vec![]]), Err(FitError::Shape { .. })));
    assert!(matches!(Data::new(&["a"], &[0.0], &[vec![Some(f64::NAN)]]), Err(FitError::NotFinite { .. })));
    assert!(matches!(Data::new(&["a"], &[f64::INFINITY], &[vec![None]]), Err(FitError::NotFinite { .. })));
    let rows = [vec![None], vec![None]];
    assert!(matches!(Data::new(&["a"], &[1.0, 0.0], &rows), Err(FitError::TimesNotIncreasing { .. })));
}

#[test]
fn missing_values_stay_out_of_what_is_plotted() {
    let data = read("t,a,b\n0,1,\n1,,5\n2,3,6\n").unwrap();
    assert_eq!(data.observed(0), (vec![0.0, 2.0], vec![1.0, 3.0]));
    assert_eq!(data.head(2).observed(1), (vec![1.0], vec![5.0]));
    assert_eq!(data.head(9), data);
}
