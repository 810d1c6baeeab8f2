#!/bin/bash
# A Slurm job array that scores a folder in 8 shards, a task each, into a data set. On a disk that all nodes see:
#
#     dotnet publish -c Release src/Samples/BatchScore -o /shared/batchscore
#     export BATCHSCORE=/shared/batchscore/BatchScore.dll MODEL=/shared/model.zip INPUT=/shared/pictures OUTPUT=/shared/scores
#     sbatch src/Samples/BatchScore/slurm-array.sh
#
# For another number of shards: SHARDS=64 sbatch --array=0-63 ...; for more threads a task: --cpus-per-task=8. What follows the script's name,
# such as --image-column, goes to BatchScore.
# A task that is requeued goes on with the parts that are missing. One that has failed is made again by sbatch --array=3.
#SBATCH --job-name=batchscore
#SBATCH --array=0-7
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=batchscore-%A-%a.log
set -euo pipefail
: "${BATCHSCORE:?is not set: the path of BatchScore.dll}"
: "${MODEL:?is not set: the path of the model.zip}"
: "${INPUT:?is not set: the folder to score}"
: "${OUTPUT:?is not set: the folder of the data set to write}"
exec dotnet "$BATCHSCORE" "$MODEL" "$INPUT" "$OUTPUT" --shard "${SHARDS:-8}" --threads "${SLURM_CPUS_PER_TASK:-1}" "$@"
