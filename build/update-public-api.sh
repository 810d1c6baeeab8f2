#!/usr/bin/env bash
# Writes what is new in the public API of each package into its PublicAPI.Unshipped.txt. What is gone or changed is taken out of PublicAPI.Shipped.txt by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/Microsoft.ML.Snn.Engine src/Microsoft.ML.Snn.Events src/Microsoft.ML.Snn.Events.Hdf5 src/Microsoft.ML.Snn.Interchange src/Microsoft.ML.Snn src/Microsoft.ML.Snn.Mpi; do
  printf '#nullable enable\n' > $project/PublicAPI.Unshipped.txt
  dotnet build $project -c Release --no-incremental -p:WarningsNotAsErrors=RS0016 2>/dev/null \
    | sed -nE "\\|$project/|s/.*RS0016: Symbol '(.*)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u >> $project/PublicAPI.Unshipped.txt
  dotnet build $project -c Release 2>&1 | tail -3
done
