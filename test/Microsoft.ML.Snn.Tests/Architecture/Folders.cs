using System.Reflection;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Snn.Tests.Architecture;

/// <summary>CONTRIBUTING's table of folders, row by row, against what the compiled assemblies refer to.</summary>
public partial class Folders
{
    private static readonly string[] _projects = 
        ["Microsoft.ML.Snn.Engine", "Microsoft.ML.Snn.Events", "Microsoft.ML.Snn.Events.Hdf5", "Microsoft.ML.Snn.Interchange", "Microsoft.ML.Snn.Mpi",
            "Microsoft.ML.Snn"];

    /// <summary>What a folder may use, by the folder's name in the table.</summary>
    private static readonly Dictionary<string, string[]> _table = ReadTable();

    /// <summary>The folder of each type, as the sources have it.</summary>
    private static readonly Dictionary<(string Project, string Type), string> _folders = ReadSources();

    /// <summary>Pairs of a folder and what one of its types refers to: another folder, or a library.</summary>
    private static readonly Dictionary<(string From, string To), List<string>> _references = ReadAssemblies();

    [Fact]
    public void The_table_names_each_folder_once_and_no_other() =>
        Assert.Equal(_folders.Values.Distinct().Order(StringComparer.Ordinal), _table.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_folder_refers_only_to_what_the_table_lets_it()
    {
        string[] forbidden = [.. _references.Where(pair => !_table.GetValueOrDefault(pair.Key.From, []).Contains(pair.Key.To))
            .Select(pair => $"{pair.Key.From} -> {pair.Key.To}: {string.Join(", ", pair.Value.Take(5))}").Order(StringComparer.Ordinal)];
        Assert.True(forbidden.Length == 0, string.Join('\n', forbidden));
    }

    [Fact]
    public void The_table_allows_nothing_that_no_folder_does()
    {
        string[] unused = [.. _table.SelectMany(row => row.Value.Select(to => (row.Key, to)))
            .Where(pair => !_references.ContainsKey(pair)).Select(pair => $"{pair.Key} -> {pair.to}").Order(StringComparer.Ordinal)];
        Assert.True(unused.Length == 0, string.Join('\n', unused));
    }

    [Fact]
    public void No_folder_comes_back_to_itself()
    {
        Assert.All(_table.Keys, start =>
        {
            var seen = new HashSet<string>();
            var left = new Stack<string>(_table[start]);
            while (left.TryPop(out string? folder))
            {
                Assert.True(folder != start, $"{start} refers to itself by way of {string.Join(", ", seen)}");
                if (seen.Add(folder) && _table.TryGetValue(folder, out string[]? next))
                    Array.ForEach(next, left.Push);
            }
        });
    }

    [Fact]
    public void A_type_inside_has_its_folders_namespace()
    {
        foreach ((Type type, string folder) in Types())
        {
            if (type.IsPublic || type.IsNested || type.Namespace == "System.Runtime.CompilerServices")
                continue;
            string own = $"{type.Assembly.GetName().Name}.{folder.Split('/', 2)[^1].TrimEnd('/').Replace('/', '.')}";
            // A type that stands in the file of a public one shares its namespace.
            Assert.True(type.Namespace == own || type.Namespace == "Microsoft.ML.Snn" && IsBesideAPublicType(type), $"{type} in {folder}");
        }
    }

    private static IEnumerable<(Type Type, string Folder)> Types() => _projects.SelectMany(project => Assembly.Load(project).GetTypes())
        .Select(type => (type, _folders.GetValueOrDefault((type.Assembly.GetName().Name!, Name(type)))!)).Where(pair => pair.Item2 is not null);

    private static Dictionary<string, string[]> ReadTable() => File.ReadLines(Repository.Path("CONTRIBUTING.md"))
        .Select(line => Row().Match(line)).Where(row => row.Success)
        .ToDictionary(row => row.Groups["folder"].Value, row => Quoted().Matches(row.Groups["uses"].Value).Select(match => match.Groups[1].Value).ToArray());

    private static Dictionary<(string, string), List<string>> ReadAssemblies()
    {
        var references = new Dictionary<(string, string), List<string>>();
        foreach (string project in _projects)
        {
            foreach ((Type from, Type to) in CompiledReferences.Of(Assembly.Load(project)))
            {
                // Types that the compiler has added are in no source.
                if (!_folders.TryGetValue((project, Name(from)), out string? folder) || Target(to) is not { } target || folder == target)
                    continue;
                if (!references.TryGetValue((folder, target), out List<string>? names))
                    references[(folder, target)] = names = [];
                names.Add($"{from.Name} -> {to.Name}");
            }
        }
        return references;
    }

    /// <summary>A folder of ours, a library, or null for .NET.</summary>
    private static string? Target(Type type)
    {
        string assembly = type.Assembly.GetName().Name!;
        if (_projects.Contains(assembly))
            return _folders.GetValueOrDefault((assembly, Name(type)));
        return assembly.Split('.') switch
        {
            ["Microsoft", "ML", ..] => "ML.NET",
            ["TorchSharp", ..] => "TorchSharp",
            ["PureHDF", ..] => "PureHDF",
            ["Google", "FlatBuffers", ..] => "FlatBuffers",
            ["Google", "Protobuf", ..] => "Protobuf",
            ["K4os", ..] or ["ZstdSharp", ..] => "decompression",
            _ => null,
        };
    }

    private static Dictionary<(string, string), string> ReadSources()
    {
        var folders = new Dictionary<(string, string), string>();
        foreach (string project in _projects)
        {
            string root = Repository.Path($"src/{project}");
            foreach (string file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
            {
                string[] path = Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar);
                if (path[0] is "bin" or "obj")
                    continue;
                string folder = $"{project["Microsoft.ML.".Length..]}/{string.Concat(path[..^1].Select(part => part + "/"))}";
                foreach (Match declaration in Declaration().Matches(File.ReadAllText(file)))
                    folders[(project, declaration.Groups["name"].Value)] = folder;
            }
        }
        return folders;
    }

    private static bool IsBesideAPublicType(Type type) =>
        Directory.EnumerateFiles(Repository.Path($"src/{type.Assembly.GetName().Name}"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText).Any(text => Declaration().Matches(text) is var declarations
                && declarations.Any(declaration => declaration.Groups["name"].Value == Name(type))
                && declarations.Any(declaration => declaration.Value.StartsWith("public", StringComparison.Ordinal)));

    private static string Name(Type type) => type.Name.Split('`')[0];

    [GeneratedRegex(@"^\| `(?<folder>Snn[\w./]*/)` \|[^|]*\|(?<uses>[^|]*)\|$")]
    private static partial Regex Row();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(public|internal)[\w ]*?\b(class|struct|interface|enum|record|delegate)( struct| class)? (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
