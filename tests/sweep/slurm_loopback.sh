#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# slurm_loopback.sh up DIR [NODES] | down DIR: a Slurm cluster on this host, of virtual nodes with one processor each (spec/formats.md 9.3).
# No root, no systemd, no accounting. DIR is short: a socket's path has at most 107 bytes.
set -eu
cmd=$1; dir=$(realpath -m "$2"); nodes=${3:-2}; base=${SLURM_LOOP_PORT:-16800}
host=$(hostname -s); user=$(id -un); conf=$dir/slurm.conf
case $cmd in
up)
  mkdir -p "$dir"/{state,log,run,munge}; chmod 755 "$dir" "$dir"/*
  for i in $(seq "$nodes"); do mkdir -p "$dir/spool.n$i"; done
  dd if=/dev/urandom of="$dir/munge.key" bs=1 count=128 status=none; chmod 600 "$dir/munge.key"
  cat > "$conf" <<CONF
ClusterName=loop
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$dir/munge/munge.sock
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$((base + 17))
StateSaveLocation=$dir/state
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdSpoolDir=$dir/spool.%n
SlurmdPidFile=$dir/run/slurmd.%n.pid
SlurmdLogFile=$dir/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobcomp.txt
MpiDefault=none
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
MaxArraySize=1001
SlurmctldTimeout=30
SlurmdTimeout=30
CONF
  list=
  for i in $(seq "$nodes"); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 100 + i)) CPUs=1 RealMemory=500 State=UNKNOWN"
    list=$list${list:+,}n$i
  done >> "$conf"
  echo "PartitionName=sweep Nodes=$list Default=YES MaxTime=INFINITE State=UP" >> "$conf"
  munged --key-file="$dir/munge.key" --socket="$dir/munge/munge.sock" --pid-file="$dir/run/munged.pid" \
         --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed" --force
  export SLURM_CONF=$conf
  slurmctld -f "$conf" -c
  for i in $(seq "$nodes"); do slurmd -N "n$i" -f "$conf"; done
  for t in $(seq 100); do
    [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" = "$nodes" ] && exit 0
    sleep 0.1
  done
  echo "slurm nodes did not become idle" >&2; exit 1 ;;
down)
  export SLURM_CONF=$conf
  scontrol shutdown || true
  for t in $(seq 50); do ls "$dir"/run/slurm*.pid >/dev/null 2>&1 || break; sleep 0.1; done
  kill "$(cat "$dir/run/munged.pid")" ;;
esac
