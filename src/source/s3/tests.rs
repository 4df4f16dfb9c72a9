use std::time::UNIX_EPOCH;

use super::*;

/// The example of the S3 API reference (Authenticating Requests: Using Query Parameters), which names
/// the bucket's host without its region.
#[test]
fn the_published_signature() {
    let host = "examplebucket.s3.amazonaws.com".to_owned();
    let target = Target::new("https", host, "/test.txt", "us-east-1".to_owned());
    let keys = S3Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
    let now = UNIX_EPOCH + Duration::from_secs(1_369_353_600);
    assert_eq!(
        signature::presigned(&target, &keys, Duration::from_secs(86400), now),
        "https://examplebucket.s3.amazonaws.com/test.txt\
         ?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

/// What the crate rusty-s3 0.11 gives for the same requests.
#[test]
fn signatures_of_another_implementation() {
    let keys = S3Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET).session_token("a+/=b");
    let paid = options()
        .credentials(keys)
        .region("eu-central-1")
        .requester_pays();
    let minio = options().endpoint("http://127.0.0.1:9000");
    let oregon = options().region("us-west-2");
    for (options, bucket, key, begins, signature) in [
        (
            paid,
            "bucket",
            "a%20b/(%C3%BC)+1=2,*'!&$@:;~.tif",
            "https://bucket.s3.eu-central-1.amazonaws.com/a%20b/%28%C3%BC%29%2B1%3D2%2C%2A%27%21%26%24%40%3A%3B~.tif?",
            "0d5a3424b67a611e7938ca42968b016dbb7cb33f10ca74fb25694da8e79ef3b1",
        ),
        (
            minio,
            "my.bucket",
            "k%231%3F?versionId=a%20b%2fc",
            "http://127.0.0.1:9000/my.bucket/k%231%3F?",
            "f7eec2a50ed3fe0188657133d880c31e6d2d87b4e8cc5cd2f02efd84b19f7a98",
        ),
        (
            oregon,
            "my.bucket",
            "a//b",
            "https://s3.us-west-2.amazonaws.com/my.bucket/a//b?",
            "eacdf239e297e0d288c9eaa06e60a7d8b04f4e553cb31aa1ed5ba2ba7856c88c",
        ),
    ] {
        let url = at_2013(options, bucket, key);
        assert!(url.starts_with(begins), "{url}");
        assert!(
            url.ends_with(&format!("&X-Amz-Signature={signature}")),
            "{url}"
        );
    }
}

#[test]
fn variables_of_the_environment() {
    let set = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "word"),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", "eu-west-3"),
        ("AWS_ENDPOINT_URL", "http://minio:9000"),
        ("AWS_REQUEST_PAYER", "requester"),
    ];
    let of = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let options = S3Options::from_variables(of);
    assert_eq!(options.credentials, Some(S3Credentials::new("id", "word")));
    assert_eq!(options.region, "eu-west-3");
    assert_eq!(options.endpoint.as_deref(), Some("http://minio:9000"));
    assert!(options.requester_pays);
    assert!(!format!("{options:?}").contains("word"));
    let none = S3Options::from_variables(|_| None);
    assert_eq!(
        (none.credentials, none.region.as_str()),
        (None, "us-east-1")
    );
    let half = S3Options::from_variables(|name| of(name).filter(|value| value == "id"));
    assert_eq!(half.credentials, None);
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn options() -> S3Options {
    S3Options::default().credentials(S3Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET))
}

/// The signed URL of a key, which is encoded, at 2013-05-24.
fn at_2013(options: S3Options, bucket: &str, key: &str) -> String {
    let now = UNIX_EPOCH + Duration::from_secs(1_369_353_600);
    let url = match is_label(bucket) {
        true => format!("https://{bucket}.s3.amazonaws.com/{key}"),
        false => format!("https://s3.amazonaws.com/{bucket}/{key}"),
    };
    let authorizer = S3Authorizer::new(options).expect("options");
    authorizer.url_at(&url, now).expect("a URL of S3")
}
