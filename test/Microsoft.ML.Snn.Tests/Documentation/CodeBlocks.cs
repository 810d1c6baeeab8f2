using Microsoft.CodeAnalysis;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The C# in the documentation is compiled as it stands there.</summary>
[Slow]
public class CodeBlocks
{
    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(Repository.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Repository.Path("docs"), "*.md"))
        .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Compile(string document)
    {
        foreach (DocumentedProgram program in DocumentedProgram.Of(document))
        {
            Diagnostic[] problems =
                [.. program.Compile().GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning)];
            Assert.True(problems.Length == 0, $"{document}: {string.Join(Environment.NewLine, problems.Select(problem => problem.ToString()))}");
        }
    }
}
