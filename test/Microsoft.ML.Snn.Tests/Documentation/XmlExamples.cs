using System.Reflection;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The C# in the XML comments of public members is compiled.</summary>
public class XmlExamples
{
    // What the examples take for granted.
    private const string Before =
        """
        using Microsoft.ML;
        using Microsoft.ML.Data;
        using Microsoft.ML.Snn;

        internal static class Example
        {
            internal static MLContext ml => new();
            internal static IDataView data => null!;
            internal static ITransformer model => null!;
            internal static SpikingNetwork network => null!;
            internal static EventRecording recording => null!;

            private static void Main()
            {

        """;

    private const string After = "\n    }\n}\n";

    private static readonly ILookup<string, string> _code = Comments().ToLookup(
        comment => (string)comment.Attribute("name")!,
        comment => string.Join('\n', comment.Descendants("code").Select(code => code.Value)));

    public static TheoryData<string> Members => [.. _code.Where(member => member.Any(code => code != "")).Select(member => member.Key)];

    /// <summary>The methods of the catalog, by the names that comments have for them.</summary>
    public static TheoryData<string> CatalogMethods =>
        [.. _code.Select(member => member.Key).Where(name => name.StartsWith("M:Microsoft.ML.SnnCatalog.", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Members))]
    public void Compile(string member)
    {
        Diagnostic[] problems =
        [
            .. new DocumentedProgram(Before + Assert.Single(_code[member]) + After, Output: null).Compile().GetDiagnostics()
                .Where(problem => problem.Severity >= DiagnosticSeverity.Warning),
        ];
        Assert.True(problems.Length == 0, $"{member}: {string.Join(Environment.NewLine, problems.Select(problem => problem.ToString()))}");
    }

    [Theory]
    [MemberData(nameof(CatalogMethods))]
    public void Every_method_of_the_catalog_has_a_short_one(string member)
    {
        string[] lines = Assert.Single(_code[member]).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.InRange(lines.Length, 4, 10);
        Assert.Contains(lines, line => line.Contains(member.Split('(')[0].Split('.')[^1], StringComparison.Ordinal));
    }

    [Fact]
    public void The_catalogs_methods_are_found() => Assert.Equal(
        typeof(SnnCatalog).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Length, CatalogMethods.Count);

    /// <summary>Those of public types, and of their public members.</summary>
    private static IEnumerable<XElement> Comments()
    {
        Assembly[] assemblies =
        [
            typeof(SpikingNetwork).Assembly, typeof(PolarityEvent).Assembly, typeof(Hdf5Events).Assembly,
            typeof(SpikingNetworkInterchange).Assembly, typeof(SnnCatalog).Assembly,
        ];
        Type[] exported = [.. assemblies.SelectMany(assembly => assembly.GetExportedTypes())];
        HashSet<string> types = [.. exported.Select(type => type.FullName!.Replace('+', '.'))];
        HashSet<string> members =
        [
            .. exported.SelectMany(
                type => type.GetMembers().Select(member => $"{type.FullName!.Replace('+', '.')}.{member.Name.Replace('.', '#')}")),
        ];
        return assemblies.SelectMany(assembly =>
            XElement.Load(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml")).Descendants("member")).Where(comment =>
        {
            string name = ((string)comment.Attribute("name")!)[2..].Split('(')[0];
            return types.Contains(name) || members.Contains(name);
        });
    }
}
