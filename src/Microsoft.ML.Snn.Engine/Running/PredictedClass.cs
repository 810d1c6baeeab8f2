namespace Microsoft.ML.Snn.Engine.Running;

/// <summary>The class that scores speak for.</summary>
internal static class PredictedClass
{
    /// <summary>The class with the highest score, the first of several.</summary>
    public static int Of(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best])
                best = i;
        }
        return best;
    }
}
