# Lines of PublicAPI.*.txt as XML: static A.B.Get(int x, C? y = null) -> D!  becomes
# <api id="A.B.Get(xy)" modifiers="static " parameters="int x, C? y = null" value="" type="D"/>; the parameters' names tell overloads apart.
/ -> / {
    gsub(/[!~]/, "")
    gsub(/&/, "\\&amp;"); gsub(/</, "\\&lt;"); gsub(/>/, "\\&gt;"); gsub(/"/, "\\&quot;")
    split($0, sides, " -&gt; ")
    id = sides[1]
    modifiers = parameters = value = ""
    while (match(id, /^(static|override|abstract|virtual|const|readonly) /)) {
        modifiers = modifiers substr(id, 1, RLENGTH)
        id = substr(id, RLENGTH + 1)
    }
    sub(/\.this\[/, ".Item[", id)
    if (match(id, /[(\[].*[)\]]/)) {
        parameters = names = substr(id, RSTART + 1, RLENGTH - 2)
        while (gsub(/&lt;[^&]*&gt;/, "", names)) {}
        gsub(/ = [^,]*/, "", names)
        gsub(/[^,]* |,/, "", names)
        accessor = substr(id, RSTART + RLENGTH)
        id = substr(id, 1, RSTART - 1) (accessor == "" ? "(" names ")" : accessor)
    } else if (match(id, / = /)) {
        value = substr(id, RSTART + 3)
        id = substr(id, 1, RSTART - 1)
    }
    printf "<api id=\"%s\" modifiers=\"%s\" parameters=\"%s\" value=\"%s\" type=\"%s\"/>\n", id, modifiers, parameters, value, sides[2]
}
