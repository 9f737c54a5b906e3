#!/usr/bin/env bash
# Makes the franchise's bare repositories below DIR/repos: dtslib/hq with the tags release-0 to
# release-4, and one repository per cell. The same content always gives the same commits.
#
#   seed.sh DIR
#
# Repositories that are there already are left as they are.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: seed.sh DIR" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
owner=dtslib
cells="papafly koosy bari dalmoi haneul"
target=$1/repos/$owner
if [ -e "$target" ]; then
  echo "seed: $target is there already; left as it is"
  exit 0
fi

# Nothing of the machine's own Git configuration may change the commits.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME="DTSLIB HQ" GIT_AUTHOR_EMAIL=hq@dtslib.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

mkdir -p "$1/repos"
# Built aside and moved at the end: a seeding that is cut off leaves nothing half-made.
new=$(mktemp -d "$1/repos/.seed.XXXXXX")
work=$(mktemp -d)
trap 'rm -rf "$new" "$work"' EXIT
clock=1768521600 # 2026-01-16T00:00:00Z; every commit is one minute later.

# start NAME: an empty bare repository and an empty work tree for it.
start() {
  rm -rf "$work" && mkdir "$work"
  export GIT_DIR=$new/$1.git GIT_WORK_TREE=$work
  env -u GIT_WORK_TREE git init -q --bare -b main "$GIT_DIR"
}

# commit MESSAGE: everything in the work tree.
commit() {
  clock=$((clock + 60))
  export GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000"
  git add -A
  git commit -q --allow-empty -m "$1"
}

seed_hq() {
  start hq
  cp -R "$here/hq" "$work/hq"
  cp -R "$here/site/release-0" "$work/site"
  commit "Baseline: the registry, the rules and the site that cells start from"
  git tag release-0
  cp -R "$here/site/release-1/." "$work/site"
  commit "Release 1: a footer that says who stands behind the shop"
  git tag release-1
  cp -R "$here/site/release-2/." "$work/site"
  commit "Release 2: a fresher promise, links in the house colour"
  git tag release-2
  cp -R "$here/site/release-3/." "$work/site"
  rm "$work/site/assets/old-banner.svg"
  commit "Release 3: the banner is text, its old picture goes"
  git tag release-3
  # From release 2's state: what release 3 did is taken back.
  cp -R "$here/site/release-2/." "$here/site/release-4/." "$work/site"
  cp "$here/site/release-0/assets/old-banner.svg" "$work/site/assets"
  commit "Release 4: the old banner and the old promise return, pages print well"
  git tag release-4
}

seed_cell() {
  local cell=$1
  start "$cell"
  cp -R "$here/site/release-0/." "$work"
  rm "$work/hq-manifest.json"
  printf '{"release":"seed"}\n' >"$work/hq-release.json"
  commit "Seed: the baseline site"
  export GIT_AUTHOR_NAME=$cell GIT_AUTHOR_EMAIL=owner@$cell.dtslib.com
  cp -R "$here/cells/$cell/content/." "$work/content"
  commit "Our own pages"
  cp "$here/cells/$cell/index.html" "$work/index.html"
  commit "Our own name and links on the front page"
  export GIT_AUTHOR_NAME=$GIT_COMMITTER_NAME GIT_AUTHOR_EMAIL=$GIT_COMMITTER_EMAIL
}

seed_hq
for cell in $cells; do seed_cell "$cell"; done
rm -rf "$new"/*.git/hooks
mv "$new" "$target"
chmod 755 "$target"
echo "seed: $target has hq and $cells"
