namespace Microsoft.ML.Snn;

/// <summary>Which color each of three planes of pixels holds; ML.NET's <c>ColorsOrder</c> without its alpha.</summary>
public enum OnnxColorOrder
{
    /// <summary>Red, green, blue: <c>ARGB</c>, the default of <c>ExtractPixels</c>.</summary>
    Rgb = 0,

    /// <summary>Red, blue, green: <c>ARBG</c>.</summary>
    Rbg = 1,

    /// <summary>Blue, red, green: <c>ABRG</c>.</summary>
    Brg = 2,

    /// <summary>Blue, green, red: <c>ABGR</c>.</summary>
    Bgr = 3,

    /// <summary>Green, red, blue: <c>AGRB</c>.</summary>
    Grb = 4,

    /// <summary>Green, blue, red: <c>AGBR</c>.</summary>
    Gbr = 5,
}
