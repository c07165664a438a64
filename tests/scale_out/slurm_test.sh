#!/bin/bash
# slurm_test.sh SIGHTLINE MODEL FOLDER: runs examples/slurm/encode.sbatch on the .png and .jpg files of FOLDER as a job
# array on a Slurm of one node that it starts on 127.0.0.1, requeues a task while it runs, and compares the merged shards
# with a set that was encoded at once. Needs root, Debian's slurm-wlm and munge, and a host name that resolves; its
# daemons listen on that address. In a network namespace, Slurm wants an address that is not loopback:
# ip addr add 192.0.2.1/32 dev lo. Prints "skipped: REASON" where it cannot run.
set -eu
program=$(realpath "$1") model=$(realpath "$2") images=$(realpath "$3")
source=$(cd "$(dirname "$0")/../.." && pwd)
for tool in munged slurmctld slurmd sbatch scontrol; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool was not found (Debian: slurm-wlm munge)"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: slurmd needs root"; exit 0; }
work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT
fail() {
  echo "slurm_test: $*" >&2
  tail -n 20 "$work"/*.log >&2 || true
  exit 1
}
# wait_for SECONDS COMMAND...
wait_for() {
  local i seconds=$1
  shift
  for ((i = 0; i < seconds * 5; ++i)); do
    "$@" && return 0
    sleep 0.2
  done
  return 1
}

dataset=$work/images
mkdir "$dataset"
cp "$images"/*.png "$images"/*.jpg "$dataset"

host=$(hostname -s)
chmod 711 "$work"
mkdir "$work/state" "$work/spool" "$work/cgroup"
dd if=/dev/urandom of="$work/munge.key" bs=128 count=1 status=none
chmod 400 "$work/munge.key"
cat >"$work/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort=26817
SlurmdPort=26818
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
MpiDefault=none
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
KillWait=2
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=16 RealMemory=32000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
cat >"$work/cgroup.conf" <<END
CgroupPlugin=cgroup/v1
CgroupMountpoint=$work/cgroup
CgroupAutomount=no
IgnoreSystemd=yes
END
export SLURM_CONF=$work/slurm.conf
munged -F -f --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
  --log-file="$work/munged.log" --seed-file="$work/munge.seed" &
pids+=($!)
wait_for 20 test -S "$work/munge.socket" || fail "munged did not start"
slurmctld -D >"$work/slurmctld.log" 2>&1 &
pids+=($!)
slurmd -D >"$work/slurmd.log" 2>&1 &
pids+=($!)
wait_for 60 sh -c 'sinfo -h -o %T 2>/dev/null | grep -q idle' || fail "the node is not idle: $(sinfo 2>&1)"

export MODEL=$model DATASET=$dataset OUT=$work/out/set SHARDS=4 SIGHTLINE=$work/slow
# A task takes a moment, so that one can be requeued while it runs.
cat >"$work/slow" <<END
#!/bin/sh
echo "start \${SLURM_ARRAY_TASK_ID:-merge} restarted \${SLURM_RESTART_COUNT:-0}" >>"$work/starts"
[ "\$1" = merge ] || sleep 3
exec "$program" "\$@"
END
chmod 755 "$work/slow"
cd "$work"
said=$("$source/examples/slurm/encode.sbatch" submit) || fail "submit failed: $said"
array=$(squeue -h -o %F | sort -n | head -n 1)
wait_for 60 grep -qs "start 2" "$work/starts" || fail "task 2 did not start: $(squeue)"
scontrol requeue "${array}_2" || fail "the task cannot be requeued"
wait_for 300 test -s "$OUT.shards.json" || fail "there is no merged set: $(squeue; cat "$work"/*.log)"
grep -q "start 2 restarted 1" "$work/starts" || fail "task 2 was not restarted: $(cat "$work/starts")"

"$program" encode --model "$model" --dataset "$dataset" --out "$work/all.npy" --no-cache >"$work/once.log" 2>&1 ||
  fail "encode failed"
for set in "$OUT.shards.json" "$work/all.npy"; do
  "$program" search --vectors "$set" --model "$model" --top-k 20 --json 'a red heart' 'a train' |
    grep -E '"(id|similarity|row)"' >"$work/$(basename "$set").hits"
done
[ -s "$work/all.npy.hits" ] || fail "no hits"
cmp "$work/set.shards.json.hits" "$work/all.npy.hits" || fail "the hits differ"
echo "4 tasks and a merge ran, task 2 twice; the hits equal those of one run"
