#!/usr/bin/env bash
# cluster.sh start DIR | stop DIR: a SLURM cluster of two nodes on this machine.
#
# For tests, as root: munged, slurmctld and two slurmd without systemd, cgroups or
# accounting. Every start makes a munge key of its own, which keeps others out. node2
# has a GPU that is only a name. Everything lies in DIR; after the start,
# `source DIR/environment` makes sbatch, squeue and srun find the cluster.
set -euo pipefail

free_ports() {
  python3 - "$1" <<'PYTHON'
import socket
import sys

sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*[s.getsockname()[1] for s in sockets])
PYTHON
}

write_configuration() {
  local host ports
  host=$(hostname -s)
  read -r -a ports < <(free_ports 3)
  cat > slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=root
AuthInfo=socket=$PWD/munge.socket
StateSaveLocation=$PWD/state
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdSpoolDir=$PWD/spool-%n
SlurmdPidFile=$PWD/%n.pid
SlurmdLogFile=$PWD/%n.log
SlurmdParameters=config_overrides
MailProg=/bin/true
MpiDefault=none

# a container may have no cgroups
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none

# no accounting; the records of finished jobs are kept for the tests
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$PWD/finished_jobs.txt
MinJobAge=3600

# start and end jobs without delay; --gpus needs cons_tres
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=bf_interval=1,sched_min_interval=0,batch_sched_delay=0
KillWait=2
GresTypes=gpu

NodeName=DEFAULT CPUs=2 RealMemory=8000
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]}
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} Gres=gpu:test:1
PartitionName=short Nodes=node1,node2 Default=YES LLN=YES DefMemPerCPU=100
PartitionName=graphics Nodes=node2 DefMemPerCPU=100
CONF
  echo "NodeName=node2 Name=gpu Type=test File=/dev/null" > gres.conf

  # The SLURM plugin starts srun in each job without SLURM_CONF; this puts it back.
  mkdir bin
  cat > bin/srun <<SRUN
#!/bin/sh
SLURM_CONF=$PWD/slurm.conf exec $(command -v srun) "\$@"
SRUN
  chmod +x bin/srun
  cat > environment <<ENVIRONMENT
export SLURM_CONF=$PWD/slurm.conf
export PATH=$PWD/bin:\$PATH
ENVIRONMENT
}

launch() {  # NAME COMMAND...
  setsid "${@:2}" > "$1.out" 2>&1 < /dev/null &
  echo "$!" >> daemons
}

wait_until() {  # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

are_alive() {
  local daemon
  for daemon in $(cat daemons); do kill -0 "$daemon" 2> /dev/null || return 1; done
}

are_gone() {
  local daemon
  for daemon in $(cat daemons); do ! kill -0 "$daemon" 2> /dev/null || return 1; done
}

nodes_are_idle() {
  [ "$(sinfo -h -N -p short -o %T 2> /dev/null | xargs)" = "idle idle" ]
}

queue_is_empty() { [ -z "$(squeue -h 2> /dev/null)" ]; }

is_decided() { nodes_are_idle || ! are_alive; }

start() {
  [ ! -e daemons ] || { echo "already started in $PWD" >&2; exit 1; }
  mkdir -p state
  write_configuration
  (umask 077 && head -c 1024 /dev/urandom > munge.key)
  # --force: the folder may be closed to other users
  launch munged munged --foreground --force --socket="$PWD/munge.socket" \
    --key-file="$PWD/munge.key" --pid-file="$PWD/munged.pid" \
    --log-file="$PWD/munged.log" --seed-file="$PWD/munged.seed"
  wait_until 5 test -S munge.socket || fail
  launch slurmctld slurmctld -D
  launch node1 slurmd -D -N node1
  launch node2 slurmd -D -N node2
  wait_until 30 is_decided && nodes_are_idle || fail
}

fail() {
  echo "the cluster did not start" >&2
  tail -n 5 ./*.out >&2
  stop
  exit 1
}

stop() {
  [ -e daemons ] || return 0
  if are_alive; then
    scancel --user root
    wait_until 15 queue_is_empty || echo "some jobs do not end" >&2
  fi
  xargs kill < daemons 2> /dev/null || true
  wait_until 10 are_gone || xargs kill -KILL < daemons || true
  rm daemons
}

[[ $# = 2 && $1 =~ ^(start|stop)$ ]] || { echo "cluster.sh start|stop DIR" >&2; exit 2; }
mkdir -p -m 755 "$2"
cd "$2"
export SLURM_CONF=$PWD/slurm.conf
"$1"
