using System.Numerics;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>Spikes of one layer in one time step, a bit each: [H, W, words], where bit c % 64 of word c / 64 is channel c.</summary>
internal static class SpikeBits
{
    public static int WordsFor(int channels) => (channels + 63) / 64;

    public static int Count(ReadOnlySpan<ulong> spikes)
    {
        int count = 0;
        foreach (ulong word in spikes)
            count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>Bits that differ.</summary>
    public static int CountDifferences(ReadOnlySpan<ulong> spikes, ReadOnlySpan<ulong> others)
    {
        int differences = 0;
        for (int i = 0; i < spikes.Length; i++)
            differences += BitOperations.PopCount(spikes[i] ^ others[i]);
        return differences;
    }

    /// <summary>Whether each neuron fired: [C, H, W].</summary>
    /// <exception cref="ArgumentException">The destination has another length than there are neurons.</exception>
    public static void CopyTo(ReadOnlySpan<ulong> spikes, SpikingLayerShape shape, Span<bool> destination)
    {
        shape.CheckLength(destination.Length, nameof(destination));
        int pixels = shape.Height * shape.Width, words = WordsFor(shape.Channels);
        destination.Clear();
        for (int i = 0; i < spikes.Length; i++)
        {
            int pixel = i / words, first = i % words * 64;
            for (ulong bits = spikes[i]; bits != 0; bits &= bits - 1)
                destination[(first + BitOperations.TrailingZeroCount(bits)) * pixels + pixel] = true;
        }
    }
}
