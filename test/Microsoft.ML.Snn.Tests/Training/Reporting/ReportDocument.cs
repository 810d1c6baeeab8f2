using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Microsoft.ML.Snn.Tests.Training.Reporting;

/// <summary>A report, read as the XML that it is as well.</summary>
internal sealed partial class ReportDocument
{
    private readonly XElement _root;

    public ReportDocument(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new() { DtdProcessing = DtdProcessing.Ignore });
        _root = XElement.Load(reader);
    }

    public static ReportDocument Load(string path) => new(File.ReadAllText(path));

    public string Status => Text("status");

    public bool Refreshes => All("meta").Any(meta => (string?)meta.Attribute("http-equiv") == "refresh");

    public string[] Warnings => Find("warnings") is { } section ? [.. section.Descendants("li").Select(item => item.Value)] : [];

    public IEnumerable<XElement> All(string tag) => _root.Descendants(tag);

    public XElement? Find(string id) => _root.Descendants().SingleOrDefault(element => (string?)element.Attribute("id") == id);

    /// <summary>As a browser shows it: line breaks are spaces.</summary>
    public string Text(string id) => Space().Replace(Find(id)!.Value, " ").Trim();

    /// <summary>The rows of the table with this label, without its head.</summary>
    public string[][] Table(string label) => [.. All("div").Single(div => (string?)div.Attribute("aria-label") == label)
        .Descendants("tbody").Elements("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray())];

    /// <summary>A value of a table of two columns.</summary>
    public string Fact(string label, string name) => Assert.Single(Table(label), row => row[0] == name)[1];

    /// <summary>The points of a curve, from 0 to 1 across and, from the bottom, up the chart.</summary>
    public (double X, double Y)[] Curve(string id, int line)
    {
        XElement chart = Find(id)!;
        double[][] grid = [.. chart.Descendants("path").Where(path => (string?)path.Attribute("class") == "grid").Select(Numbers)];
        double left = grid[0][0], right = grid[0][2], bottom = grid.Max(path => path[1]), top = grid.Min(path => path[1]);
        double[] numbers = Numbers(chart.Descendants("path").Single(path => (string?)path.Attribute("class") == $"line c{line}"));
        return [.. numbers.Chunk(2).Select(point => ((point[0] - left) / (right - left), (bottom - point[1]) / (bottom - top)))];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    private static double[] Numbers(XElement path) => [.. ((string)path.Attribute("d")!)
        .Split(['M', 'L', 'H', ' '], StringSplitOptions.RemoveEmptyEntries)
        .Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
}
