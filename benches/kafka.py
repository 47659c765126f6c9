#!/usr/bin/env python3
"""What the services cost on a real broker: whole processes, the replay job as events.

usage: kafka.py BOOTSTRAP stages EVENTS.jsonl [--partitions 8] [--instances 1] [--together]
       kafka.py BOOTSTRAP scale EVENTS.jsonl [--partitions 8] [--instances 1 2 4]
       kafka.py BOOTSTRAP reaction [--seconds 60] [--rate 1000]
Needs Python with confluent-kafka, grpcio-tools, orjson, psutil; SLIPWATCH names the release binary.

`stages` sends the events of ../shared/bench/replay as protobuf, runs intake and casebook over them (one after the other, or
together), then stops casebook and measures how long it takes to be ready again, with and without its saved state. Days of events
are pressed from five years into the 70 weeks before today: live stamps would call most of them late, and spare the work.
The day that is open has told no tallies yet. `scale` imports the same file as a history of five years, every day of it told, and
runs one stage after the other over it, each with so many instances. A stage has ended when nothing has come out of it for a while.
`reaction` runs all services, measures their CPU while nothing comes, then sends RATE events a second and, twice a second, one
that a watch rule pages on; its webhook says when it was delivered.
CPU and memory are those of the services (/proc), never the broker's.
"""
import argparse, base64, datetime, http.server, os, pathlib, re, resource, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

import orjson, psutil
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLIPWATCH = os.environ.get("SLIPWATCH", str(ROOT / "target/release/slipwatch"))
WORK = pathlib.Path(tempfile.mkdtemp(prefix="slipwatch-bench-"))
WEEKS = 70


def contract():
    """The Python classes of the contract, made from proto/."""
    from grpc_tools import protoc

    protos = [str(path.relative_to(ROOT / "proto")) for path in sorted((ROOT / "proto/slipwatch/v1").glob("*.proto"))]
    include = str(pathlib.Path(protoc.__file__).parent / "_proto")
    code = protoc.main(["protoc", f"-I{ROOT / 'proto'}", f"-I{include}", f"--python_out={WORK}", *protos])
    assert code == 0, "the contract does not compile"
    sys.path.insert(0, str(WORK))
    from slipwatch.v1 import event_pb2

    return event_pb2


def encoded(path, pb):
    """Each line as an event of the contract; five years pressed into WEEKS before today."""
    bodies = {"inspection": "inspection_performed", "interdiction": "interdiction_outcome", "declaration": "exposure_observed"}
    newest = datetime.date.today() - datetime.timedelta(days=1)
    span, epoch = WEEKS * 7, 1577836800000  # 2020-01-01
    for line in open(path, "rb"):
        told = orjson.loads(line)
        event = pb.Event(schema_version=1, regime="replay", source="replay", source_record_id=told["id"], op=pb.OPERATION_ASSERT)
        age = span - int((told["event_ms"] - epoch) / (5 * 365.25 * 86_400_000) * span)
        event.occurred.day = (newest - datetime.timedelta(days=min(max(age, 0), span))).isoformat()
        event.occurred.precision = pb.PRECISION_DAY
        event.jurisdiction, event.stratum = told["jurisdiction"], told["outcome"]
        event.measures.append(told["measure"])
        getattr(event, bodies[told["kind"]]).SetInParent()
        yield told["id"].encode(), event.SerializeToString()


def free_port():
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


class Services:
    """Processes of one run, and what they use."""

    def __init__(self, bootstrap, namespace, pack):
        self.bootstrap, self.namespace, self.pack = bootstrap, namespace, pack
        self.running = {}

    def start(self, service, instance=0, *words):
        port = free_port()
        command = [SLIPWATCH, service, "--set", f"kafka.bootstrap={self.bootstrap}", "--set", f"kafka.namespace={self.namespace}",
                   "--set", f"kafka.instance={instance}", "--set", f"admin.listen=127.0.0.1:{port}", "--set", "log.level=warn", *words]
        if service == "intake":
            command += ["--set", f"intake.first_pack={self.pack}"]
        log = open(WORK / f"{service}-{instance}.log", "ab")
        process = psutil.Popen(command, stdout=log, stderr=log)
        self.running[(service, instance)] = (process, port)
        return process

    def use(self):
        """By service: CPU seconds, peak resident MiB."""
        told = {}
        for (service, _), (process, _) in self.running.items():
            times, peak = process.cpu_times(), 0
            for line in open(f"/proc/{process.pid}/status"):
                if line.startswith("VmHWM"):
                    peak = int(line.split()[1]) / 1024
            cpu, memory = told.get(service, (0.0, 0.0))
            told[service] = (cpu + times.user + times.system, memory + peak)
        return told

    def is_ready(self, service, instance=0):
        process, port = self.running[(service, instance)]
        if process.poll() is not None:
            sys.exit(f"{service} ended with {process.returncode}: {(WORK / f'{service}-{instance}.log').read_text()[-2000:]}")
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def counted(self, service, stage, outcomes="taken|emitted"):
        """What the instances of a service have taken and given out so far: counted once it is committed."""
        total = 0
        for (name, _), (process, port) in self.running.items():
            if name == service and process.poll() is None:
                try:
                    told = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
                except (urllib.error.URLError, OSError):
                    continue
                for line in re.findall(r"^slipwatch_records_total\{(.*)$", told, re.M):
                    is_one = f'stage="{stage}"' in line and re.search(f'outcome="({outcomes})"', line)
                    total += int(float(line.split()[-1])) if is_one else 0
        return total

    def settle(self, service, stages, rest=4.0):
        """When the last came out of a service, by the clock; nothing has come for `rest` seconds since."""
        last, count = time.monotonic(), 0
        while True:
            time.sleep(0.2)
            now = sum(self.counted(service, stage) for stage in stages)
            if now != count:
                last, count = time.monotonic(), now
            elif count and time.monotonic() - last > rest:
                return last, count
            elif time.monotonic() - last > 120:
                sys.exit(f"nothing comes out of {service}; logs in {WORK}")

    def stop(self, service=None):
        chosen = [key for key in self.running if service is None or key[0] == service]
        for key in chosen:
            if self.running[key][0].poll() is None:
                self.running[key][0].terminate()
        for key in chosen:
            self.running.pop(key)[0].wait(30)


class Cluster:
    """What the broker says of topics and groups."""

    def __init__(self, bootstrap, namespace):
        self.namespace, self.admin = namespace, AdminClient({"bootstrap.servers": bootstrap})
        self.asker = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{namespace}-asker", "isolation.level": "read_uncommitted"})

    def name(self, word):
        return f"{self.namespace}.events.v1" if word == "events" else f"{self.namespace}.g1.{word}.v1"

    def ends(self, word, partitions):
        return {part: self.asker.get_watermark_offsets(TopicPartition(self.name(word), part), timeout=10)[1] for part in range(partitions)}

    def reached(self, group, word, ends):
        """Whether a group has committed up to these ends; behind the last record stands the end of its transaction."""
        asked = ConsumerGroupTopicPartitions(f"{self.namespace}.g1.{group}", [TopicPartition(self.name(word), part) for part in ends])
        told = next(iter(self.admin.list_consumer_group_offsets([asked]).values())).result()
        return all(one.offset >= ends[one.partition] - 1 or ends[one.partition] == 0 for one in told.topic_partitions)


def until(condition, what, seconds=600):
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            sys.exit(f"{what} did not come within {seconds} s; logs in {WORK}")
        time.sleep(0.02)
    return time.monotonic() - began


def topics(bootstrap, namespace, partitions):
    subprocess.run([SLIPWATCH, "topics", "apply", "--kafka", bootstrap, "--namespace", namespace, "--partitions", str(partitions),
                    "--events", str(partitions), "--replication", "1"], check=True, stdout=subprocess.DEVNULL)


def told(what, events, seconds, use, services):
    cpu, memory = sum(use[one][0] for one in services), " + ".join(f"{use[one][1]:.0f}" for one in services)
    print(f"{what}: {events / seconds:,.0f} events/s, {cpu:.2f} CPU-s, {cpu * 1e6 / events:.2f} CPU-s per million, "
          f"{events / cpu:,.0f} events per CPU-s, peak {memory} MiB", flush=True)


def stages(arguments):
    pb = contract()
    namespace = f"bench{os.getpid()}"
    cluster, parts = Cluster(arguments.bootstrap, namespace), arguments.partitions
    topics(arguments.bootstrap, namespace, parts)
    producer = Producer({"bootstrap.servers": arguments.bootstrap, "linger.ms": 50, "compression.type": "lz4", "queue.buffering.max.messages": 1_000_000})
    events = size = 0
    for key, value in encoded(arguments.events, pb):
        while True:
            try:
                producer.produce(cluster.name("events"), value, key=key)
                break
            except BufferError:
                producer.poll(0.05)
        events, size = events + 1, size + len(value)
        if events % 10_000 == 0:
            producer.poll(0)
    producer.flush()
    print(f"{events} events of {size / events:.0f} bytes in {parts} partitions, {arguments.instances} instances of a stage, load {os.getloadavg()[0]:.1f}", flush=True)
    sent = cluster.ends("events", parts)
    services = Services(arguments.bootstrap, namespace, ROOT / "deploy/regimes/replay.toml")
    try:
        measure(arguments, services, cluster, events, sent)
    finally:
        services.stop()


def measure(arguments, services, cluster, events, sent):
    numbers, taken = range(arguments.instances), lambda stage: services.counted("casebook", stage, "taken")
    began = time.monotonic()
    for n in numbers:
        services.start("intake", n)
        if arguments.together:
            services.start("casebook", n)
    until(lambda: cluster.reached("intake", "events", sent), "the end of the events")
    told("intake", events, time.monotonic() - began, services.use(), ["intake"])
    time.sleep(1)  # the tick in which the last events came ends, and is marked
    if arguments.together:
        until(lambda: taken("register") >= events, "the end of what was admitted")
        told("intake and casebook together", events, time.monotonic() - began, services.use(), ["intake", "casebook"])
    else:
        services.stop("intake")
        began = time.monotonic()
        for n in numbers:
            services.start("casebook", n)
        until(lambda: taken("register") >= events, "the end of what was admitted")
        told("casebook", events, time.monotonic() - began, services.use(), ["casebook"])
    until(lambda: services.is_ready("casebook"), "readiness")
    services.stop("casebook")
    saving = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # of all that have ended it is the largest
    services.start("casebook")
    print(f"casebook ready again after {until(lambda: services.is_ready('casebook'), 'readiness'):.2f} s, drained with its state saved; "
          f"peak with the saving {saving:.0f} MiB", flush=True)
    process, _ = services.running[("casebook", 0)]
    process.kill()
    process.wait()
    services.start("casebook")
    print(f"casebook ready again after {until(lambda: services.is_ready('casebook'), 'readiness'):.2f} s, killed", flush=True)


def scale(arguments):
    for instances in arguments.instances:
        namespace = f"bench{os.getpid()}x{instances}"
        topics(arguments.bootstrap, namespace, arguments.partitions)
        pack = ROOT / "deploy/regimes/replay.toml"
        subprocess.run([SLIPWATCH, "import", "--kafka", arguments.bootstrap, "--namespace", namespace, "--mapping",
                        str(ROOT / "deploy/mappings/replay.toml"), "--pack", str(pack), arguments.events], check=True, stdout=subprocess.DEVNULL)
        services = Services(arguments.bootstrap, namespace, pack)
        try:
            for service, stages in [("casebook", ["register", "docket"]), ("assessor", ["assessor"]), ("sentinel", ["watch", "weigh"])]:
                began = time.monotonic()
                for n in range(instances):
                    services.start(service, n)
                ended, count = services.settle(service, stages)
                cpu, memory = services.use()[service]
                print(f"{service}, {instances} instances: {count} in and out, {ended - began:.1f} s, {cpu:.2f} CPU-s, peak {memory:.0f} MiB in all, "
                      f"load {os.getloadavg()[0]:.1f}", flush=True)
                services.stop(service)
        finally:
            services.stop()


class Receiver(http.server.BaseHTTPRequestHandler):
    got = {}
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        now = time.monotonic()
        for record in waiting_in(body):
            Receiver.got.setdefault(record, now)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def waiting_in(body):
    """The records a letter speaks of: ours are called W<number>."""
    return {int(number) for number in re.findall(rb"\bW(\d+)\b", body)}


def reaction(arguments):
    pb = contract()
    namespace = f"bench{os.getpid()}"
    cluster = Cluster(arguments.bootstrap, namespace)
    topics(arguments.bootstrap, namespace, 3)
    pack = ROOT / "tests/logs/packs/watched.toml"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config, secret = WORK / "herald.toml", WORK / "secret"
    secret.write_text("whsec_" + base64.b64encode(os.urandom(32)).decode() + "\n")
    secret.chmod(0o600)
    config.write_text(f'[[webhooks]]\nname = "desk"\nurl = "http://127.0.0.1:{server.server_port}/"\nform = "cloudevents"\nsecret_files = ["{secret}"]\nallow = ["plain_http", "loopback"]\n')
    services = Services(arguments.bootstrap, namespace, pack)
    try:
        for service in ["intake", "casebook", "assessor", "sentinel"]:
            services.start(service)
        services.start("herald", 0, "--config", str(config))
        services.start("console")
        for service in ["intake", "casebook", "assessor", "sentinel", "herald"]:
            until(lambda: services.is_ready(service), f"readiness of {service}", 60)
        time.sleep(5)
        before, began = services.use(), time.monotonic()
        time.sleep(30)
        took, after = time.monotonic() - began, services.use()
        shares = {service: (after[service][0] - before[service][0]) / took * 100 for service in after}
        print("idle: " + ", ".join(f"{service} {share:.1f} %" for service, share in shares.items()) + f"; together {sum(shares.values()):.1f} % of a core", flush=True)
        waits = react(arguments, pb, cluster)
        use = services.use()
        print("under load: " + ", ".join(f"{service} {cpu:.1f} CPU-s {memory:.0f} MiB" for service, (cpu, memory) in use.items()))
        quantile = lambda share: waits[min(len(waits) - 1, int(len(waits) * share))] * 1000
        print(f"append to delivered webhook at {arguments.rate} events/s: {len(waits)} alerts, p50 {quantile(.5):.0f} ms, p90 {quantile(.9):.0f}, p99 {quantile(.99):.0f}, slowest {waits[-1] * 1000:.0f}; load {os.getloadavg()[0]:.1f}")
    finally:
        services.stop()


def react(arguments, pb, cluster):
    producer = Producer({"bootstrap.servers": arguments.bootstrap, "linger.ms": 1})
    day = (datetime.date.today() - datetime.timedelta(days=1)).isoformat()

    def event(record, body):
        one = pb.Event(schema_version=1, regime="trial", source="customs", source_record_id=record, op=pb.OPERATION_ASSERT, jurisdiction="XA")
        one.occurred.day, one.occurred.precision = day, pb.PRECISION_DAY
        one.measures.append("arms")
        getattr(one, body).SetInParent()
        return one.SerializeToString()

    asked, sent, began = {}, 0, time.monotonic()
    appended = {}
    while (now := time.monotonic()) - began < arguments.seconds:
        while sent < (now - began) * arguments.rate:
            producer.produce(cluster.name("events"), event(f"B{sent}", "inspection_performed"), key=b"%d" % sent)
            sent += 1
        if len(asked) < (now - began) * 2:
            number = len(asked)
            asked[number] = now
            note = lambda error, _, number=number: appended.setdefault(number, time.monotonic())
            producer.produce(cluster.name("events"), event(f"W{number}", "inspection_refused"), key=b"w%d" % number, on_delivery=note)
        producer.poll(0)
        time.sleep(0.002)
    producer.flush()
    missing = lambda: [number for number in asked if number not in Receiver.got]
    until(lambda: not missing(), "all letters", 30)
    # The first two seconds: the client learns of its partitions.
    return sorted(Receiver.got[number] - asked[number] for number in asked if number >= 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bootstrap")
    kinds = parser.add_subparsers(dest="kind", required=True)
    one = kinds.add_parser("stages")
    one.add_argument("events")
    one.add_argument("--partitions", type=int, default=8)
    one.add_argument("--instances", type=int, default=1)
    one.add_argument("--together", action="store_true")
    many = kinds.add_parser("scale")
    many.add_argument("events")
    many.add_argument("--partitions", type=int, default=8)
    many.add_argument("--instances", type=int, nargs="+", default=[1, 2, 4])
    other = kinds.add_parser("reaction")
    other.add_argument("--seconds", type=int, default=60)
    other.add_argument("--rate", type=int, default=1000)
    arguments = parser.parse_args()
    {"stages": stages, "scale": scale, "reaction": reaction}[arguments.kind](arguments)


if __name__ == "__main__":
    main()
