using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Microsoft.ML.Snn.Tests.Package;
using Microsoft.ML.Snn.Tests.Speed;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>The API's pages are complete: nothing public is missing, empty, unfinished or wrongly linked.</summary>
[Slow]
public class ApiPages(ApiSite site) : IClassFixture<ApiSite>
{
    private const string LearnSite = "https://learn.microsoft.com/dotnet/api/";

    private static readonly Type[] _types =
    [
        .. typeof(SpikingNetwork).Assembly.GetExportedTypes(), .. typeof(PolarityEvent).Assembly.GetExportedTypes(),
        .. typeof(Hdf5Events).Assembly.GetExportedTypes(), .. typeof(SpikingNetworkInterchange).Assembly.GetExportedTypes(),
        .. typeof(MpiCommunicator).Assembly.GetExportedTypes(), .. typeof(SnnCatalog).Assembly.GetExportedTypes(),
    ];

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void The_index_tells_of_every_public_type_once()
    {
        ILookup<string, XElement> entries = site.Pages["index.html"].Descendants("dt")
            .ToLookup(entry => (string)entry.Element("a")!.Attribute("href")!);
        foreach (Type type in _types)
        {
            XElement entry = Assert.Single(entries[ApiSite.File(type)]);
            Assert.NotEmpty(ApiSite.Text(entry.ElementsAfterSelf("dd").First()));
            Assert.Contains(ApiSite.File(type), site.Pages.Keys);
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Every_public_member_has_a_signature_a_summary_and_all_its_parameters()
    {
        foreach (Type type in _types.Where(type => !type.IsEnum))
        {
            foreach (IGrouping<string, MemberInfo> overloads in Members(type).GroupBy(member => member.Name))
            {
                XElement[] articles = [.. Section(type, overloads.Key).Elements("article")];
                Assert.All(articles, article => Assert.NotEmpty(ApiSite.Text(article.Element("p")!)));
                Assert.Equal(overloads.Select(Parameters).Order(), articles.Select(DescribedParameters).Order());
            }
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Every_value_of_an_enum_has_its_number_and_meaning()
    {
        foreach (Type type in _types.Where(type => type.IsEnum))
        {
            foreach (string name in Enum.GetNames(type))
            {
                XElement value = Section(type, name);
                Assert.Equal($"{name} = {(int)Enum.Parse(type, name)}", ApiSite.Text(value.Element("dt")!));
                Assert.NotEmpty(ApiSite.Text(value.Element("dd")!));
            }
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Every_summary_stands_where_it_belongs()
    {
        // Without the parameters, and the longest part without a link, which may read otherwise on the page.
        ILookup<string, string> comments = _types.Select(type => type.Assembly.GetName().Name).Distinct()
            .SelectMany(name => XElement.Load(Path.Combine(AppContext.BaseDirectory, $"{name}.xml")).Descendants("member"))
            .Where(comment => comment.Element("summary") is not null)
            .ToLookup(
                comment => ((string)comment.Attribute("name")!)[2..].Split('(')[0],
                comment => ApiSite.Text(new XElement(
                    "words", comment.Element("summary")!.Nodes().OfType<XText>().MaxBy(text => text.Value.Length))));
        foreach (Type type in _types)
        {
            XElement lead = site.Pages[ApiSite.File(type)].Descendants("div").First();
            string summary = Assert.Single(comments[FullName(type)]);
            Assert.NotEqual("", summary);
            Assert.Contains(summary, ApiSite.Text(lead));
            foreach (string name in type.IsEnum ? Enum.GetNames(type) : Members(type).Select(member => member.Name).Distinct())
            {
                string[] summaries = [.. comments[$"{FullName(type)}.{name.Replace('.', '#')}"]];
                Assert.DoesNotContain("", summaries);
                string text = ApiSite.Text(Section(type, name));
                // One of all overloads, as some are internal. No comment: a constructor that the compiler has made.
                Assert.True(summaries.Any(text.Contains) || summaries is [] && name == ".ctor", $"{type}.{name}");
            }
        }
    }

    [Theory(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    [InlineData(typeof(EventFileReader), "Damage", "public string? Damage { get; }")]
    [InlineData(typeof(SpikingNetwork), "Threads", "public int Threads { get; }")]
    [InlineData(typeof(NetworkLayer), "GetWeights", "public float[] GetWeights()")]
    [InlineData(typeof(SpikingResNetArchitecture), "Stem", "public required SpikingStem Stem { get; init; }")]
    [InlineData(typeof(SpikingResNetArchitecture), ".ctor", "public SpikingResNetArchitecture()")]
    [InlineData(typeof(EnergyModel), "AdditionPicojoules", "public double AdditionPicojoules { get; init; }")]
    [InlineData(typeof(TrainingPhase), ".ctor", "public TrainingPhase(int epochs, int? timeSteps = null, double scale = 1)")]
    [InlineData(typeof(SpikingResNetTrainer.Options), "Progress", "public IProgress<TrainingProgress>? Progress")]
    [InlineData(typeof(EventStreamSession), "Push", "public bool Push( ReadOnlySpan<PolarityEvent> events, out int consumed)")]
    [InlineData(typeof(SnnCatalog), "AccumulateEvents",
        "public static EventFramingEstimator AccumulateEvents( this TransformsCatalog catalog, string outputColumnName, "
        + "string? inputColumnName, int height, int width, int timeSteps, EventSlicing? slicing = null)")]
    public void Signatures_are_those_of_the_source(Type type, string member, string signature) =>
        Assert.Equal(signature, ApiSite.Text(Section(type, member).Descendants("pre").First()));

    [Theory(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    [InlineData(typeof(SpikingNetwork), "class", "public sealed class SpikingNetwork")]
    [InlineData(typeof(LifNeuronOptions), "record", "public sealed record LifNeuronOptions")]
    [InlineData(typeof(PolarityEvent), "struct", "public readonly struct PolarityEvent : IEquatable<PolarityEvent>")]
    [InlineData(typeof(EventSlicingKind), "enum", "public enum EventSlicingKind")]
    [InlineData(typeof(EventFileReader), "class", "public sealed class EventFileReader : IDisposable")]
    [InlineData(typeof(SpikingNetworkEstimator), "class",
        "public sealed class SpikingNetworkEstimator : TrivialEstimator<SpikingNetworkTransformer>")]
    public void Types_are_declared_as_in_the_source(Type type, string kind, string declaration)
    {
        XElement main = site.Pages[ApiSite.File(type)].Descendants("main").Single();
        Assert.Equal($"{type.Name} {kind}", ApiSite.Text(main.Element("h1")!));
        Assert.Equal(declaration, ApiSite.Text(main.Element("pre")!));
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Nothing_reads_as_unfinished()
    {
        string[] remains = ["To be added", "has not yet been entered", "CompilerServices", "<Clone>", "xref:", "code-csharp"];
        foreach ((string file, XElement page) in site.Pages)
        {
            Assert.DoesNotContain(remains, remain => page.ToString().Contains(remain, StringComparison.Ordinal));
            Assert.All(page.Descendants("dd"), description => Assert.True(ApiSite.Text(description) != "", file));
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Links_lead_to_pages_and_parts_of_them_and_ids_are_unique()
    {
        Dictionary<string, string[]> ids = site.Pages.ToDictionary(
            page => page.Key, page => page.Value.Descendants().Attributes("id").Select(id => id.Value).ToArray());
        Assert.All(ids.Values, Assert.Distinct);
        foreach ((string file, XElement page) in site.Pages)
        {
            foreach (string link in Links(page).Where(link => !link.StartsWith("https://", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#');
                string target = parts[0] == "" ? file : parts[0];
                Assert.True(ids.ContainsKey(target) && (parts.Length == 1 || ids[target].Contains(parts[1])), $"{file} links to {link}.");
            }
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void Links_to_Microsoft_Learn_name_what_is_public_there()
    {
        string[] assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        ILookup<string, Type> types = assemblies.Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(name => name.Split('.') is ["System", ..] or ["Microsoft", "ML", not "Snn", ..])
            .SelectMany(name => Assembly.Load(name).GetExportedTypes())
            .ToLookup(type => FullName(type).Replace('`', '-').ToLowerInvariant());
        HashSet<string> names = [.. site.Pages.Values.SelectMany(Links)
            .Where(link => link.StartsWith(LearnSite, StringComparison.Ordinal)).Select(link => link[LearnSite.Length..])];
        Assert.NotEmpty(names);
        foreach (string name in names.Where(name => !types.Contains(name)))
        {
            int dot = name.LastIndexOf('.');
            IEnumerable<string> members = types[name[..dot]].SelectMany(type => type.GetMembers()).Select(member => member.Name);
            Assert.Contains(name[(dot + 1)..], members, StringComparer.OrdinalIgnoreCase);
        }
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public async Task Pages_of_an_earlier_run_go_and_files_of_others_stay()
    {
        using var folder = new TemporaryFolder();
        string gone = folder.File("Gone.html"), other = folder.File("other.html");
        File.WriteAllText(gone, "of a type that is gone");
        File.WriteAllText(other, "not made by the script");
        File.WriteAllText(folder.File(".pages"), "Gone.html\n");
        await ChildProcess.RunAsync(folder.Path, "bash", Repository.Path("build/api-docs.sh"), folder.Path, AppContext.BaseDirectory);
        Assert.False(File.Exists(gone));
        Assert.True(File.Exists(other));
        Assert.Contains("index.html", File.ReadLines(folder.File(".pages")));
    }

    [Fact(SkipUnless = nameof(ApiSite.CanBeMade), SkipType = typeof(ApiSite), Skip = ApiSite.Needs)]
    public void A_program_that_is_missing_is_named_with_its_package()
    {
        var start = new ProcessStartInfo("bash", [Repository.Path("build/api-docs.sh")]) { RedirectStandardError = true };
        start.Environment["PATH"] = "";
        using Process process = Process.Start(start)!;
        string message = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Equal("mdoc is missing. On Debian and Ubuntu: apt-get install --no-install-recommends monodoc-base", message.TrimEnd());
    }

    private static IEnumerable<string> Links(XElement page) => page.Descendants("a").Select(link => (string)link.Attribute("href")!);

    private static string FullName(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>What the source declares: neither accessors nor what the compiler adds to records.</summary>
    private static IEnumerable<MemberInfo> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<MethodInfo> ofDerivedTypes = type.IsSealed
            ? [] : type.GetMethods(Own | BindingFlags.NonPublic).Where(method => method.IsFamily || method.IsFamilyOrAssembly);
        return type.GetMembers(Own | BindingFlags.Public).Concat(ofDerivedTypes)
            .Where(member => member is not Type && !member.IsDefined(typeof(CompilerGeneratedAttribute))
                && (member is not MethodInfo method || !method.IsSpecialName) && !OverridesOurs(member));
    }

    // Those inherit their comments, and stand on the page of the base.
    private static bool OverridesOurs(MemberInfo member) =>
        (member as MethodInfo ?? (member as PropertyInfo)?.GetMethod) is { } method
        && method.GetBaseDefinition().DeclaringType is { } first && first != method.DeclaringType
        && first.Namespace!.StartsWith("Microsoft.ML.Snn", StringComparison.Ordinal);

    private static string Parameters(MemberInfo member) => string.Join(' ', (member switch
    {
        MethodBase method => method.GetParameters(),
        PropertyInfo property => property.GetIndexParameters(),
        _ => [],
    }).Select(parameter => parameter.Name));

    private static string DescribedParameters(XElement article) => string.Join(' ', article.Elements("h4")
        .Where(title => title.Value == "Parameters")
        .SelectMany(title => title.ElementsAfterSelf("dl").First().Elements("dt"))
        .Select(name => name.Value));

    private XElement Section(Type type, string id) =>
        Assert.Single(site.Pages[ApiSite.File(type)].Descendants(), element => (string?)element.Attribute("id") == id);
}
