using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Engine.Running;
using Microsoft.ML.Snn.Scoring.Labels;

namespace Microsoft.ML.Snn.Scoring;

/// <summary>What a column of the <see cref="SpikingNetworkTransformer"/> holds; the order is that of the schema and of the zip.</summary>
internal enum SpikingNetworkOutput
{
    Score = 0,
    PredictedLabel = 1,
    StepScores = 2,
    StepsUsed = 3,
    Spikes = 4,
    SynapticOperations = 5,
    Additions = 6,
    MultiplyAdds = 7,
    EnergyNanojoules = 8,
}

/// <summary>A column that the <see cref="SpikingNetworkTransformer"/> makes.</summary>
internal readonly record struct SpikingNetworkColumn(SpikingNetworkOutput Output, string Name)
{
    /// <summary>What has to be asked of the network for it.</summary>
    public RunDetails Details => Output switch
    {
        SpikingNetworkOutput.StepScores => RunDetails.StepScores,
        SpikingNetworkOutput.Spikes => RunDetails.Spikes,
        SpikingNetworkOutput.SynapticOperations or SpikingNetworkOutput.Additions or SpikingNetworkOutput.MultiplyAdds
            or SpikingNetworkOutput.EnergyNanojoules => RunDetails.Operations,
        _ => RunDetails.None,
    };

    public DataViewType Type(SpikingNetwork network) => Output switch
    {
        SpikingNetworkOutput.Score => new VectorDataViewType(NumberDataViewType.Single, network.ClassCount),
        SpikingNetworkOutput.PredictedLabel => new KeyDataViewType(typeof(uint), network.ClassCount),
        SpikingNetworkOutput.StepScores => new VectorDataViewType(NumberDataViewType.Single, network.TimeSteps, network.ClassCount),
        SpikingNetworkOutput.StepsUsed => NumberDataViewType.Int32,
        SpikingNetworkOutput.EnergyNanojoules => NumberDataViewType.Double,
        _ => NumberDataViewType.Int64,
    };

    public DataViewSchema.Annotations? Annotations(SpikingNetwork network, uint scoreSetId) => Output switch
    {
        SpikingNetworkOutput.Score => ClassAnnotations.OfScores(network.Labels, scoreSetId),
        SpikingNetworkOutput.PredictedLabel => ClassAnnotations.OfPredictedLabel(network.Labels, scoreSetId),
        _ => null,
    };
}

/// <summary>The checked options of a <see cref="SpikingNetworkEstimator"/>, as its transformer keeps them.</summary>
internal sealed record SpikingNetworkSettings(
    string Input, ImmutableArray<SpikingNetworkColumn> Columns, EarlyExit Exit, EnergyModel Energy)
{
    /// <exception cref="ArgumentException">A name is given twice, or an option is null that must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A name is empty.</exception>
    public static SpikingNetworkSettings Of(SpikingNetworkEstimator.Options options)
    {
        (SpikingNetworkOutput Output, string Option, string? Name)[] named =
        [
            (SpikingNetworkOutput.Score, nameof(options.OutputColumnName), options.OutputColumnName ?? ""),
            (SpikingNetworkOutput.PredictedLabel, nameof(options.PredictedLabelColumnName), options.PredictedLabelColumnName ?? ""),
            (SpikingNetworkOutput.StepScores, nameof(options.StepScoresColumnName), options.StepScoresColumnName),
            (SpikingNetworkOutput.StepsUsed, nameof(options.StepsUsedColumnName), options.StepsUsedColumnName),
            (SpikingNetworkOutput.Spikes, nameof(options.SpikesColumnName), options.SpikesColumnName),
            (SpikingNetworkOutput.SynapticOperations, nameof(options.SynapticOperationsColumnName), options.SynapticOperationsColumnName),
            (SpikingNetworkOutput.Additions, nameof(options.AdditionsColumnName), options.AdditionsColumnName),
            (SpikingNetworkOutput.MultiplyAdds, nameof(options.MultiplyAddsColumnName), options.MultiplyAddsColumnName),
            (SpikingNetworkOutput.EnergyNanojoules, nameof(options.EnergyNanojoulesColumnName), options.EnergyNanojoulesColumnName),
        ];
        var optionOfName = new Dictionary<string, string>();
        var columns = ImmutableArray.CreateBuilder<SpikingNetworkColumn>();
        ColumnCheck.Name(options.InputColumnName, nameof(options.InputColumnName));
        foreach ((SpikingNetworkOutput output, string option, string? name) in named)
        {
            if (name is null)
                continue;
            ColumnCheck.Name(name, option);
            if (!optionOfName.TryAdd(name, option))
            {
                throw new ArgumentException(
                    $"The options {optionOfName[name]} and {option} both name a column '{name}': give each its own.", option);
            }
            columns.Add(new(output, name));
        }
        if (options.Exit is null)
            throw new ArgumentNullException(nameof(options.Exit), "The option Exit is null: take EarlyExit.Never for none.");
        if (options.Energy is null)
            throw new ArgumentNullException(nameof(options.Energy), "The option Energy is null: take new EnergyModel().");
        return new(options.InputColumnName, columns.ToImmutable(), options.Exit, options.Energy);
    }

    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public static SpikingNetworkSettings Read(ModelLoadContext ctx)
    {
        string input = ctx.LoadNonEmptyString();
        var columns = ImmutableArray.CreateBuilder<SpikingNetworkColumn>();
        foreach (SpikingNetworkOutput output in Enum.GetValues<SpikingNetworkOutput>())
        {
            if (ctx.LoadStringOrNull() is { } name)
                columns.Add(new(output, name));
        }
        var exit = new EarlyExit { Confidence = ReadBound(), Margin = ReadBound() };
        var energy = new EnergyModel { AdditionPicojoules = ctx.Reader.ReadDouble(), MultiplyAddPicojoules = ctx.Reader.ReadDouble() };
        return new(input, columns.ToImmutable(), exit, energy);

        float? ReadBound() => ctx.Reader.ReadSingle() is var bound && float.IsNaN(bound) ? null : bound;
    }

    /// <summary>Writes what <see cref="Read"/> reads.</summary>
    public void Write(ModelSaveContext ctx)
    {
        // *** Binary format ***
        // id of string: input column
        // for each kind of output: id of string: its column, or none
        // float: confidence to exit at; NaN for none
        // float: margin to exit at; NaN for none
        // double, double: picojoules of an addition, a multiply-add
        ctx.SaveNonEmptyString(Input);
        foreach (SpikingNetworkOutput output in Enum.GetValues<SpikingNetworkOutput>())
            ctx.SaveStringOrNull(Columns.FirstOrDefault(column => column.Output == output).Name);
        ctx.Writer.Write(Exit.Confidence ?? float.NaN);
        ctx.Writer.Write(Exit.Margin ?? float.NaN);
        ctx.Writer.Write(Energy.AdditionPicojoules);
        ctx.Writer.Write(Energy.MultiplyAddPicojoules);
    }
}
