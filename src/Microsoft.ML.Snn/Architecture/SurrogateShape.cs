namespace Microsoft.ML.Snn;

/// <summary>
/// The shape of the surrogate gradient do/du around a firing threshold. With d the distance from the threshold and a the
/// <see cref="LifNeuronOptions.SurrogateWidth"/>, each shape is 1/a at the threshold and encloses an area of 1.
/// </summary>
public enum SurrogateShape
{
    /// <summary><c>1/a</c> where <c>d &lt; a/2</c>, else 0 (Eq. 13-14; Wu et al., 2018).</summary>
    Rectangle = 0,

    /// <summary><c>max(0, 1 - d/a) / a</c> (Deng et al., "Temporal Efficient Training", ICLR 2022, whose gamma is a).</summary>
    Triangle = 1,

    /// <summary>
    /// <c>(1/a) / (1 + (pi d / a)^2)</c>, the slope of an arctangent, which is nowhere 0 (Fang et al., ICCV 2021, whose alpha is 2/a).
    /// </summary>
    ArcTangent = 2,
}
