//! Known keys meet known partitions: those of the Java clients.
//!
//! Must never enter: a partition that our own code computed on both sides.

use std::process::Command;

use journal::partition_for;
use tests::broker::jars;

/// Asks the class that the Java producer partitions by.
const ASK: &str = "
public class Ask {
    public static void main(String[] keys) {
        for (String key : keys)
            for (int count : new int[] {1, 3, 8, 50})
                System.out.println(org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey(
                    key.getBytes(java.nio.charset.StandardCharsets.UTF_8), count));
    }
}";

#[test]
fn known_keys_meet_the_partitions_of_the_java_clients() {
    let Some(jars) = jars() else { return };
    let keys =
        ["", "a", "ab", "abc", "abcd", "feed/2019-000017", "KRPUS", "Ünïcödé", "a-much-longer-key/with/slashes and spaces", "\u{1F6A2}"];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Ask.java");
    std::fs::write(&file, ASK).unwrap();
    let output = Command::new("java").args(["-cp", &format!("{jars}/*")]).arg(&file).args(keys).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<u32> = String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    let ours: Vec<u32> = keys.iter().flat_map(|key| [1, 3, 8, 50].map(|count| partition_for(key.as_bytes(), count))).collect();
    assert_eq!(ours, theirs);
}
