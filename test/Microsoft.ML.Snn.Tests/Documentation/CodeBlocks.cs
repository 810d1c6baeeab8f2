using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The C# in the documentation is compiled as it stands there, as a program with the SDK's implicit usings.</summary>
public partial class CodeBlocks
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(Repository.Root, "*.md").Concat(
        Directory.Exists(Repository.Path("docs")) ? Directory.EnumerateFiles(Repository.Path("docs"), "*.md") : [])
        .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Compile(string document)
    {
        string[] blocks = [.. CSharpBlock().Matches(File.ReadAllText(Repository.Path(document))).Select(match => match.Groups[1].Value)];
        Assert.True(document != "README.md" || blocks.Length > 0, "README shows how to use the library");
        foreach (string block in blocks)
        {
            var compilation = CSharpCompilation.Create(
                "documentation",
                [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(block)],
                ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                    .Select(path => MetadataReference.CreateFromFile(path)),
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
            Diagnostic[] problems = [.. compilation.GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning)];
            Assert.True(problems.Length == 0, $"{document}: {string.Join(Environment.NewLine, problems.Select(problem => problem.ToString()))}");
        }
    }

    [GeneratedRegex("```csharp\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
