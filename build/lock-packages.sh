#!/usr/bin/env bash
# Writes the lock files of all projects anew, for every platform, after a change of packages or versions. Review the diff.
set -euo pipefail
cd "$(dirname "$0")/.."
for platform in linux-x64 osx-arm64 win-x64; do
  dotnet restore SnnMl.sln -p:LibtorchPlatform=$platform --force-evaluate
done
# What follows is built for this machine again.
dotnet restore SnnMl.sln
