#!/usr/bin/env bash
# Makes HTML pages of the XML comments and of docs/: build/api-docs.sh [output folder [folder of a built library and all that it needs]]
# mdoc reads library and comments; what it does not know (init, null) is in PublicAPI.*.txt. ApiDocs/site.xsl makes the pages of it all.
set -euo pipefail
for tool in mdoc:monodoc-base xsltproc:xsltproc cmark-gfm:cmark-gfm; do
  if ! command -v "${tool%:*}" >/dev/null; then
    echo "${tool%:*} is missing. On Debian and Ubuntu: apt-get install --no-install-recommends ${tool#*:}" >&2
    exit 1
  fi
done

root=$(realpath "$(dirname "$0")/..")
out=$(realpath -m "${1:-$root/artifacts/api}")
library=${2:+$(realpath "$2")}
cd "$root"
project=src/Microsoft.ML.Snn
assemblies=(Microsoft.ML.Snn.Engine Microsoft.ML.Snn.Events Microsoft.ML.Snn.Events.Hdf5 Microsoft.ML.Snn.Interchange Microsoft.ML.Snn.Mpi Microsoft.ML.Snn)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$library" ]; then
  library=$work/library
  for published in $project.Events.Hdf5 $project.Interchange $project.Mpi $project; do
    dotnet publish $published -c Release -o "$library" >"$work/log" || { cat "$work/log" >&2; exit 1; }
  done
fi

# The compiler indents comments by 12 spaces, code in them too. Like ML.NET's own, some comments are markdown, in a CDATA section.
{
  echo '<doc><assembly><name>Microsoft.ML.Snn</name></assembly><members>'
  for assembly in "${assemblies[@]}"; do sed -n '/<members>/,/<\/members>/p' "$library/$assembly.xml" | sed '1d;$d'; done
  echo '</members></doc>'
} | sed 's/^            //' | awk -v html="cmark-gfm --extension table" '
  sub(/<!\[CDATA\[/, "") { print; fflush(); inside = 1; next }
  inside && sub(/\]\]>/, "") { close(html); inside = 0 }
  inside { print | html; next }
  { print }' >"$work/comments.xml"
packs=$(dotnet msbuild $project -getProperty:NetCoreTargetingPackRoot)
framework=$(find "$packs/Microsoft.NETCore.App.Ref" -path '*/ref/net10.0' | sort -V | tail -1)
dlls=("${assemblies[@]/#/$library/}")
dlls=("${dlls[@]/%/.dll}")
mdoc update --use-docid -i "$work/comments.xml" -o "$work/types" -L "$framework" -L "$library" "${dlls[@]}" \
  >"$work/log" || { cat "$work/log" >&2; exit 1; }

{
  echo '<site Name="Microsoft.ML.Snn" FullName="index">'
  cat build/ApiDocs/contents.xml
  (cd "$project" && find . -name '*.cs') | sed -nE 's|^\./(([^/]*)/)?([^/]*/)*([^/]*)\.cs$|<source type="\4" folder="\2"/>|p'
  for part in Engine Events Events.Hdf5 Interchange Mpi; do
    (cd "$project.$part" && find . -name '*.cs') | sed -nE "s|^\./([^/]*/)*([^/]*)\.cs$|<source type=\"\2\" folder=\"${part%%.*}\"/>|p"
  done
  for assembly in "${assemblies[@]}"; do awk -f build/ApiDocs/public-api.awk "src/$assembly"/PublicAPI.*.txt; done
  cat "$work"/types/*/*.xml
  for page in docs/*.md; do
    title=$(sed -nE '1s/^# ([^:]*).*/\1/p' "$page")
    printf '<source type="%s" folder="docs"/><concept Name="%s" FullName="%s">' "$title" "$title" "$(basename "$page" .md)"
    cmark-gfm --extension table "$page"
    echo '</concept>'
  done
  echo '</site>'
} >"$work/site.xml"

mkdir -p "$out" "$work/site"
cp build/ApiDocs/site.css "$work/site"
(cd "$work/site" && xsltproc "$root/build/ApiDocs/site.xsl" "$work/site.xml")
# Pages of types that are gone go too; .pages lists what was made here, so that no other file does.
[ ! -f "$out/.pages" ] || (cd "$out" && grep -v / .pages | xargs -r -d '\n' rm -f --)
ls "$work/site" >"$out/.pages"
cp "$work"/site/* "$out"
echo "$out/index.html"
