using System.Text.RegularExpressions;

namespace Microsoft.ML.Snn.Tests.Documentation;

/// <summary>Links between the pages of the documentation lead to files and headings that exist.</summary>
public partial class MarkdownLinks
{
    public static TheoryData<string> Documents => CodeBlocks.Documents;

    [Theory]
    [MemberData(nameof(Documents))]
    public void Lead_to_files_and_headings(string document)
    {
        string page = Repository.Path(document);
        foreach (string link in Link().Matches(File.ReadAllText(page)).Select(match => match.Groups["target"].Value))
        {
            if (link.StartsWith("https://", StringComparison.Ordinal) || link.StartsWith("http://", StringComparison.Ordinal))
                continue;
            string[] parts = link.Split('#');
            string target = parts[0] == "" ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
            Assert.True(File.Exists(target), $"{document} links to {link}.");
            if (parts.Length > 1)
                Assert.Contains(parts[1], File.ReadLines(target).Where(line => line.StartsWith('#')).Select(Anchor));
        }
    }

    /// <summary>As GitHub makes it of a heading.</summary>
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
