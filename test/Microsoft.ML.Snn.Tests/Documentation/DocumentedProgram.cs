using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>A block of C# in the documentation: a program with the SDK's implicit usings.</summary>
/// <param name="Code">The program.</param>
/// <param name="Output">What the page says that it prints: the indented lines right after it; null where there are none.</param>
internal sealed partial record DocumentedProgram(string Code, string? Output)
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>The programs of a page.</summary>
    public static DocumentedProgram[] Of(string page) =>
    [
        .. CSharpBlock().Matches(File.ReadAllText(Repository.Path(page)).ReplaceLineEndings("\n"))
            .Select(match => new DocumentedProgram(
                match.Groups["code"].Value,
                match.Groups["line"].Captures is { Count: > 0 } lines ? string.Concat(lines.Select(line => line.Value)) : null)),
    ];

    /// <summary>A program in a file of its own, without the directives that only <c>dotnet run</c> understands.</summary>
    public static DocumentedProgram OfFile(string file) => new(
        string.Join('\n', File.ReadLines(Repository.Path(file)).Where(line => !line.StartsWith("#:", StringComparison.Ordinal))), Output: null);

    public CSharpCompilation Compile() => CSharpCompilation.Create(
        $"Documentation{Guid.NewGuid():N}",
        [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(Code)],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>Runs the program in a folder. Changes the process's current directory and console meanwhile.</summary>
    /// <returns>What it prints.</returns>
    public string Run(string folder, params string[] arguments)
    {
        using var image = new MemoryStream();
        Assert.True(Compile().Emit(image).Success);
        MethodInfo main = Assembly.Load(image.ToArray()).EntryPoint!;
        string directory = Environment.CurrentDirectory;
        CultureInfo culture = CultureInfo.CurrentCulture;
        TextWriter console = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        try
        {
            Environment.CurrentDirectory = folder;
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            Console.SetOut(output);
            main.Invoke(null, [arguments]);
            return output.ToString();
        }
        finally
        {
            Console.SetOut(console);
            CultureInfo.CurrentCulture = culture;
            Environment.CurrentDirectory = directory;
        }
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```\n(\n((    (?<line>[^\n]*\n))+))?", RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();
}
