using System.Collections.Immutable;
using Microsoft.ML.Snn.Engine.Graph;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>The network's input, raw or normalized, or the spikes of neurons: a node of the engine's network.</summary>
internal sealed record NirSource(string Name, SignalKind Kind, MapSize Map);

/// <summary>A summand of what a node gives.</summary>
/// <param name="Source">What it is a function of.</param>
/// <param name="Map">The function; null for the source itself.</param>
/// <param name="Node">The last node that has made the function; null for the source itself.</param>
internal sealed record NirTerm(NirSource Source, WindowMap? Map, NirNode? Node);

/// <summary>What a node gives: a sum.</summary>
internal sealed record NirValue(NirShape Shape, ImmutableArray<NirTerm> Terms)
{
    public static NirValue Of(NirSource source, NirShape shape) => new(shape with { Map = source.Map }, [new(source, null, null)]);

    /// <summary>A linear node's function of the sum; the bias counts once.</summary>
    public NirValue Apply(WindowMap map, NirNode node)
    {
        var terms = ImmutableArray.CreateBuilder<NirTerm>();
        foreach (NirTerm term in Terms)
        {
            WindowMap part = map;
            if (terms.Count > 0)
            {
                node.Make(map.OutChannels, work: 0, "of a sum, it");
                part = map with { Bias = new float[map.OutChannels] };
            }
            terms.Add(new(term.Source, term.Map is null ? part : part.After(term.Map, node), node));
        }
        return new(new(map.Out, IsFlat: node.Type is "Affine" or "Linear" || Shape.IsFlat), terms.ToImmutable());
    }
}
