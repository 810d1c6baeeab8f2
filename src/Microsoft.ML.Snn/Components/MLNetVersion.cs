using System.Reflection;

namespace Microsoft.ML.Snn.Components;

/// <summary>
/// The one version of ML.NET whose internals this assembly was compiled against. With another one it would fail somewhere, sometime, with a
/// <see cref="MissingMethodException"/>; so every way in asks here first.
/// </summary>
internal static class MLNetVersion
{
    private static readonly string? _mismatch = Compare(Expected, Loaded);

    private static string Expected => typeof(MLNetVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "MicrosoftMLVersion").Value!;

    private static string Loaded =>
        typeof(MLContext).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "an unknown version";

    /// <exception cref="InvalidOperationException">Another version of ML.NET is loaded.</exception>
    public static void Check()
    {
        if (_mismatch is not null)
            throw new InvalidOperationException(_mismatch);
    }

    /// <summary>
    /// What to tell the user, or null where the versions agree. A loaded version may have a build's hash after a plus sign.
    /// </summary>
    internal static string? Compare(string expected, string loaded)
    {
        if (loaded.Split('+')[0] == expected)
            return null;
        string own = typeof(MLNetVersion).Assembly.GetName().Version!.ToString(3);
        return $"Microsoft.ML.Snn {own} works with Microsoft.ML {expected} only, but {loaded} is loaded. "
            + $"Reference Microsoft.ML {expected}, or the version of Microsoft.ML.Snn that was made for yours.";
    }
}
