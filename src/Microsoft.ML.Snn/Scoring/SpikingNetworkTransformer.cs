using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model;
using Microsoft.ML.Runtime;
using Microsoft.ML.Snn;
using Microsoft.ML.Snn.Components;
using Microsoft.ML.Snn.Scoring;

[assembly: LoadableClass(typeof(SpikingNetworkTransformer), null, typeof(SignatureLoadModel),
    "Spiking network", SpikingNetworkTransformer.LoaderSignature)]

[assembly: LoadableClass(typeof(IRowMapper), typeof(SpikingNetworkTransformer), null, typeof(SignatureLoadRowMapper),
    "Spiking network", SpikingNetworkTransformer.LoaderSignature)]

namespace Microsoft.ML.Snn;

/// <summary><see cref="ITransformer"/> resulting from fitting a <see cref="SpikingNetworkEstimator"/>.</summary>
public sealed class SpikingNetworkTransformer : RowToRowTransformerBase
{
    internal const string LoaderSignature = "SnnApplyNetwork";

    internal SpikingNetworkTransformer(IHostEnvironment env, SpikingNetwork network, SpikingNetworkSettings settings)
        : base(Contracts.CheckRef(env, nameof(env)).Register(nameof(SpikingNetworkTransformer)))
    {
        Network = network;
        Settings = settings;
    }

    private SpikingNetworkTransformer(IHost host, ModelLoadContext ctx)
        : base(host)
    {
        // *** Binary format ***
        // the settings
        // (the network is an entry of its own)
        try
        {
            Settings = SpikingNetworkSettings.Read(ctx);
        }
        catch (Exception e) when (e is ArgumentException or EndOfStreamException)
        {
            throw host.ExceptDecode(e, $"The settings of the spiking network in this model are damaged: {e.Message}");
        }
        Network = NetworkEntry.Load(host, ctx);
    }

    /// <summary>The network. Its membrane potentials live in each call, so one network serves any number of threads.</summary>
    public SpikingNetwork Network { get; }

    internal SpikingNetworkSettings Settings { get; }

    internal static SpikingNetworkTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MLNetVersion.Check();
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(Version);
        return new(env.Register(nameof(SpikingNetworkTransformer)), ctx);
    }

    internal static IRowMapper Create(IHostEnvironment env, ModelLoadContext ctx, DataViewSchema inputSchema) =>
        Create(env, ctx).MakeRowMapper(inputSchema);

    /// <inheritdoc/>
    protected override void SaveModel(ModelSaveContext ctx)
    {
        Host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(Version);
        Settings.Write(ctx);
        NetworkEntry.Save(ctx, Network);
    }

    /// <inheritdoc/>
    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new SpikingNetworkRowMapper(this, schema);

    internal static VersionInfo Version => new(
        modelSignature: "SNNAPPLY",
        verWrittenCur: 0x00010001, // Initial
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderAssemblyName: typeof(SpikingNetworkTransformer).Assembly.FullName!,
        loaderSignature: LoaderSignature);
}
