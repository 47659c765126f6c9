#!/usr/bin/env bash
# Starts a real Apache Kafka (KRaft) on loopback for tests.
#   start.sh DIR [N]        N brokers (default 1), data and logs in DIR; prints host:port[,host:port...]
#   start.sh stop DIR       stops what the first form started (SIGTERM, after 10 s SIGKILL)
#   start.sh jars           only fetches the jars and prints the directory
# In DIR/<id>: pid, run (starts this broker again), server.log. Exit: 0 ready, 1 failed, 2 usage, 3 no java or no mvn.
# KAFKA_OWNER=PID stops the brokers when that process has ended, however it ended.
# KAFKA_GUARDED=1: a second listener, for the user `clerk` (password `clerk-secret`, SASL PLAIN), who may do nothing until it is
# granted; its address is in DIR/guarded. Whoever comes by the first one may do everything.
# KAFKA_TLS=FOLDER: listeners with the certificates of certificates.sh in that folder; their names and addresses are in DIR/tls.
#   SECURE asks for the user `clerk` (PLAIN, SCRAM), MUTUAL for a client's certificate; those of EXPIRED and ELSEWHERE are wrong.
# KAFKA_SESSION: milliseconds after which a broker that is not heard counts as dead (default 30000 for one, 4000 for three).
# KAFKA_JARS: the directory of the jars (default ~/.cache/slipwatch/kafka-VERSION). KAFKA_JVM: JVM options (default -Xmx512m).
# Beside the jars the first start leaves an archive of loaded classes, one for each Java: with it a broker starts for half the CPU.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
die() { echo "start.sh: $2" >&2; exit "$1"; }

stop() {
  local pids=() p f i
  for f in "$1"/[0-9]*/pid; do
    p=$(cat "$f" 2>/dev/null) || continue
    # only a process that was started from this directory
    grep -qsF "$1/" "/proc/$p/cmdline" && kill "$p" 2>/dev/null && pids+=("$p")
  done
  for p in "${pids[@]}"; do
    for i in {1..100}; do kill -0 "$p" 2>/dev/null || continue 2; sleep 0.1; done
    kill -9 "$p" 2>/dev/null || true
  done
  rm -f "$1"/[0-9]*/pid
}

need_java() {
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  command -v "$java" >/dev/null || die 3 "no java found: a JDK or JRE 17 or newer is needed to run Kafka $version"
  local v; v=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/ *java.specification.version = //p')
  [[ ${v%%.*} -ge 17 ]] || die 3 "java ${v:-?} is too old: Kafka $version needs 17 or newer"
}

need_jars() {
  jars=${KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/slipwatch/kafka-$version}
  [[ -e $jars/kafka_2.13-$version.jar && -e $jars/kafka-tools-$version.jar ]] && return
  command -v mvn >/dev/null || die 3 "no mvn found and no jars in $jars (set KAFKA_JARS to a directory that holds them)"
  mkdir -p "$(dirname "$jars")"
  local tmp; tmp=$(mktemp -d "$jars.XXXXXX")
  mvn -B -q -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$tmp" >&2 || { rm -rf "$tmp"; die 1 "mvn could not fetch the jars"; }
  chmod 755 "$tmp"
  # Another start was first: its copy is used, and what an older list left out is added to it.
  mv -T "$tmp" "$jars" 2>/dev/null || { cp -n "$tmp"/*.jar "$jars"/; rm -rf "$tmp"; }
}

# An archive of the classes a start loads, made once by a broker of its own. Another Java has another name, and a JVM that finds the archive
# unfit goes on without it. Where none can be made an empty file says so, and no start tries again. KAFKA_ARCHIVE=1: that broker, which uses none.
need_archive() {
  archive=
  [[ -z ${KAFKA_ARCHIVE:-} ]] || return 0
  local v file
  v=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/ *java.vm.\(name\|version\) = //p' | tr -c 'A-Za-z0-9.+' _)
  file=$jars/classes-$v.jsa
  [[ -e $file ]] || make_archive "$file"
  [[ ! -s $file ]] || archive=-XX:SharedArchiveFile=$file
}

make_archive() {
  local tmp p i; tmp=$(mktemp -d "$1.XXXXXX" 2>/dev/null) || return 0   # jars that cannot be added to
  if KAFKA_ARCHIVE=1 KAFKA_OWNER=$$ KAFKA_GUARDED='' KAFKA_TLS='' KAFKA_JARS=$jars \
    KAFKA_JVM="-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit='$tmp/classes'" \
    "$here/start.sh" "$tmp/broker" >"$tmp/out" 2>&1; then
    p=$(cat "$tmp/broker/1/pid"); kill "$p" 2>/dev/null || true
    for ((i = 0; i < 1200; i++)); do grep -qs . "/proc/$p/cmdline" || break; sleep 0.1; done   # it writes while it ends
    stop "$tmp/broker"
  fi
  [[ -s $tmp/classes ]] || : >"$tmp/classes"
  mv -n "$tmp/classes" "$1"; rm -rf "$tmp"
}

# Free ports below the range from which the system takes outgoing ports.
free_port() {
  local p
  while :; do
    p=$((20000 + RANDOM % 12000))
    [[ " ${used:-} " == *" $p "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { used+=" $p"; port=$p; return; }
  done
}

# A listener for a user who may do nothing, and an authoriser that says so.
guard() {
  sed -i -e "s|^listeners=.*|&,GUARDED://127.0.0.1:${gp[$1]}|" -e "s|^advertised.listeners=.*|&,GUARDED://127.0.0.1:${gp[$1]}|" \
    -e 's|^listener.security.protocol.map=.*|&,GUARDED:SASL_PLAINTEXT|' "$2"
  cat >>"$2" <<X
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
listener.name.guarded.sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_clerk="clerk-secret";
X
  echo "$guarded" >"$dir/guarded"
}

secure() {
  local name protocol certificate prefix
  for name in SECURE MUTUAL EXPIRED ELSEWHERE; do
    free_port
    case $name in
      SECURE) protocol=SASL_SSL certificate=good ;;
      MUTUAL) protocol=SSL certificate=good ;;
      *) protocol=SSL certificate=${name,,} ;;
    esac
    prefix=listener.name.${name,,}
    sed -i -e "s|^listeners=.*|&,$name://127.0.0.1:$port|" -e "s|^advertised.listeners=.*|&,$name://localhost:$port|" \
      -e "s|^listener.security.protocol.map=.*|&,$name:$protocol|" "$1"
    printf '%s\n' "$prefix.ssl.keystore.type=PEM" "$prefix.ssl.keystore.location=$KAFKA_TLS/$certificate.pem" \
      "$prefix.ssl.truststore.type=PEM" "$prefix.ssl.truststore.location=$KAFKA_TLS/ca.pem" >>"$1"
    echo "$name localhost:$port" >>"$dir/tls"
  done
  cat >>"$1" <<X
listener.name.mutual.ssl.client.auth=required
listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_clerk="clerk-secret";
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
X
}

case ${1:-} in
  ''|-h|--help) sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  stop) [[ -d ${2:-} ]] || die 2 "stop needs the directory"; stop "$(cd "$2" && pwd)"; exit 0 ;;
  jars) need_jars; echo "$jars"; exit 0 ;;
esac
n=${2:-1}; [[ $n =~ ^[1-9]$ ]] || die 2 "the number of brokers must be 1 to 9"
need_java; need_jars; need_archive
mkdir -p "$1"; dir=$(cd "$1" && pwd)
[[ ! -e $dir/1 ]] || die 2 "$dir is in use: take a new directory"

rf=$((n < 3 ? 1 : 3)); isr=$((n < 3 ? 1 : 2))
# A single broker that a busy machine starves must not be fenced: nobody takes over. After its death it stays away for as long.
session=${KAFKA_SESSION:-$((n < 3 ? 30000 : 4000))}
used=; voters=; boot=; guarded=; bp=(); cp=(); gp=()
for ((i = 1; i <= n; i++)); do
  free_port; bp[i]=$port; boot+=${boot:+,}127.0.0.1:$port
  free_port; gp[i]=$port; guarded+=${guarded:+,}127.0.0.1:$port
  free_port; cp[i]=$port; voters+=${voters:+,}$i@127.0.0.1:$port
done
cat >"$dir/log4j2.properties" <<X
rootLogger.level=WARN
rootLogger.appenderRef.c.ref=c
appender.c.type=Console
appender.c.name=c
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
logger.k.name=kafka.server.KafkaRaftServer
logger.k.level=INFO
logger.k2.name=org.apache.kafka.server.KafkaRaftServer
logger.k2.level=INFO
X
cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '=')
fmt=() users=()
[[ -z ${KAFKA_TLS:-} ]] || users=(--add-scram 'SCRAM-SHA-256=[name=clerk,password=clerk-secret]' --add-scram 'SCRAM-SHA-512=[name=clerk,password=clerk-secret]')
for ((i = 1; i <= n; i++)); do
  d=$dir/$i; mkdir "$d"
  cat >"$d/server.properties" <<X
process.roles=broker,controller
node.id=$i
controller.quorum.voters=$voters
listeners=PLAINTEXT://127.0.0.1:${bp[i]},CONTROLLER://127.0.0.1:${cp[i]}
advertised.listeners=PLAINTEXT://127.0.0.1:${bp[i]}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$d/data
auto.create.topics.enable=false
default.replication.factor=$rf
min.insync.replicas=$isr
offsets.topic.replication.factor=$rf
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$rf
transaction.state.log.min.isr=$isr
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$rf
share.coordinator.state.topic.min.isr=$isr
# quick reactions, so that a test of a failure takes seconds
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=100
group.consumer.heartbeat.interval.ms=300
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=$session
# a small heap
log.cleaner.dedupe.buffer.size=16777216
X
  [[ -z ${KAFKA_GUARDED:-} ]] || guard "$i" "$d/server.properties"
  [[ -z ${KAFKA_TLS:-} ]] || secure "$d/server.properties"
  cat >"$d/run" <<X
#!/bin/sh
# Starts broker $i in the foreground (exec, so the process id is the broker's).
echo \$\$ >'$d/pid'
exec '$java' -Xms256m ${KAFKA_JVM:--Xmx512m} ${archive:+'$archive'} -Djava.awt.headless=true -Dlog4j2.configurationFile='$dir/log4j2.properties' \\
  -cp '$jars/*' kafka.Kafka '$d/server.properties' >>'$d/server.log' 2>&1
X
  chmod +x "$d/run"
  "$java" -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${archive:+"$archive"} -Dlog4j2.configurationFile="$dir/log4j2.properties" -cp "$jars/*" \
    kafka.tools.StorageTool format -t "$cluster" -c "$d/server.properties" "${users[@]}" >"$d/format.log" 2>&1 & fmt+=($!)
done
for p in "${fmt[@]}"; do wait "$p" || die 1 "storage format failed, see $dir/*/format.log"; done
for ((i = 1; i <= n; i++)); do setsid "$dir/$i/run" </dev/null >/dev/null 2>&1 & done
if [[ ${KAFKA_OWNER:-} ]]; then
  setsid bash -c 'sleep 2; while kill -0 "$0" 2>/dev/null && ls "$2"/[0-9]*/pid >/dev/null 2>&1; do sleep 1; done; exec "$1" stop "$2"' \
    "$KAFKA_OWNER" "$here/start.sh" "$dir" </dev/null >/dev/null 2>&1 &
fi
for ((t = 0; t < 600; t++)); do   # at most 60 s
  up=0
  for ((i = 1; i <= n; i++)); do grep -qs 'Kafka Server started' "$dir/$i/server.log" && up=$((up + 1)); done
  [[ $up == "$n" ]] && { echo "$boot"; exit 0; }
  for ((i = 1; i <= n; i++)); do
    p=$(cat "$dir/$i/pid" 2>/dev/null) && ! kill -0 "$p" 2>/dev/null && { stop "$dir"; tail -n 5 "$dir/$i/server.log" >&2; die 1 "broker $i ended while starting"; }
  done
  sleep 0.1
done
stop "$dir"; die 1 "not ready after 60 s, see $dir/*/server.log"
