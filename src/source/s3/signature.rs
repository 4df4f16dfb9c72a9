//! AWS Signature Version 4 in the query of a URL, as "Authenticating Requests: Using Query
//! Parameters" of the S3 API reference describes it.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ring::{digest, hmac};

use super::{S3Credentials, Target, joined, strictly};

/// The URL of a GET, signed; only the header Host is part of what is signed.
pub(super) fn presigned(
    target: &Target,
    credentials: &S3Credentials,
    expires: Duration,
    now: SystemTime,
) -> String {
    let time = timestamp(now);
    let date = &time[..8];
    let scope = format!("{date}/{}/s3/aws4_request", target.region);
    let mut query = target.query.clone();
    let mut add = |name: &str, value: &str| {
        query.push(strictly(&(name.into(), value.into())));
    };
    add("X-Amz-Algorithm", ALGORITHM);
    add("X-Amz-Credential", &format!("{}/{scope}", credentials.id));
    add("X-Amz-Date", &time);
    add("X-Amz-Expires", &expires.as_secs().to_string());
    add("X-Amz-SignedHeaders", "host");
    if let Some(token) = &credentials.token {
        add("X-Amz-Security-Token", token);
    }
    query.sort();
    let request = format!(
        "GET\n{}\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
        target.path,
        joined(&query),
        target.host
    );
    let hash = digest::digest(&digest::SHA256, request.as_bytes());
    let text = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(hash.as_ref()));
    let key = [date, &target.region, "s3", "aws4_request"].iter().fold(
        format!("AWS4{}", credentials.secret).into_bytes(),
        |key, part| keyed(&key, part),
    );
    let signature = hex(&keyed(&key, &text));
    let (scheme, host, path) = (&target.scheme, &target.host, &target.path);
    let query = joined(&query);
    format!("{scheme}://{host}{path}?{query}&X-Amz-Signature={signature}")
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `YYYYMMDDTHHMMSSZ`.
fn timestamp(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil(seconds / 86400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the
/// leap day is their last, and months follow each other in a pattern of 153 days for five.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let first = (153 * month + 2) / 5;
    let (wrapped, next) = match month {
        0..10 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    (era * 400 + year + next, wrapped, day - first + 1)
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_400, "20000229T000000Z"),
            (1_369_353_599, "20130523T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (1_709_251_199, "20240229T235959Z"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(timestamp(time), text);
        }
    }
}
