using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML.Snn.Tests.Package;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The pages that build/api-docs.sh makes of the library beside the tests and of its comments.</summary>
public sealed partial class ApiSite : IAsyncLifetime
{
    public const string Needs = "Needs bash, mdoc (package monodoc-base), xsltproc and cmark-gfm.";

    private readonly TemporaryFolder _folder = new();

    public static bool CanBeMade { get; } = new[] { "bash", "mdoc", "xsltproc", "cmark-gfm" }.All(IsInstalled);

    /// <summary>The pages by file name.</summary>
    public IReadOnlyDictionary<string, XElement> Pages { get; private set; } = new Dictionary<string, XElement>();

    public static string File(Type type) => $"{type.FullName!.Replace('+', '.')}.html";

    /// <summary>An element's text, with single spaces.</summary>
    public static string Text(XElement element) => Spaces().Replace(element.Value, " ").Trim();

    public async ValueTask InitializeAsync()
    {
        if (!CanBeMade)
            return;
        await ChildProcess.RunAsync(_folder.Path, "bash", Repository.Path("build/api-docs.sh"), _folder.Path, AppContext.BaseDirectory);
        Pages = Directory.EnumerateFiles(_folder.Path, "*.html").ToDictionary(file => Path.GetFileName(file), Parse);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    // As XML they lack the ends of empty elements, and the entity.
    private static XElement Parse(string file)
    {
        string xml = EmptyElement().Replace(System.IO.File.ReadAllText(file).Replace("&nbsp;", " ", StringComparison.Ordinal), "$0</$1>");
        using var reader = XmlReader.Create(new StringReader(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => System.IO.File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex("<(meta|link|br|hr)\\b[^>]*>")]
    private static partial Regex EmptyElement();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
