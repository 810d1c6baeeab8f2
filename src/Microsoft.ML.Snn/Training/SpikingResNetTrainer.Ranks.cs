using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Snn.Communication;
using Microsoft.ML.Snn.Training.Checkpoints;
using Microsoft.ML.Snn.Training.Data;
using Microsoft.ML.Snn.Training.Running;

namespace Microsoft.ML.Snn;

// What the ranks of a training have to agree on before they begin.
public sealed partial class SpikingResNetTrainer
{
    /// <summary>The first rank's, where the seed is drawn; otherwise that of all.</summary>
    private SeedSequence AgreeOnSeed(RankGroup ranks)
    {
        SeedSequence own = ranks.Together(() => ranks.IsFirst ? Seeds() : _seeds);
        var all = new (int Seed, int IsFree)[ranks.Size];
        ranks.Gather([(own.Seed, _seedIsFree ? 1 : 0)], all);
        int other = Array.FindIndex(all, rank => rank.IsFree != all[0].IsFree || rank.IsFree == 0 && rank.Seed != all[0].Seed);
        if (other >= 0)
        {
            throw ranks.OnEachRank(new InvalidOperationException(
                $"The ranks do not train the same: the seed is {Text(all[0])} on rank 0, {Text(all[other])} on rank {other}. Give the option "
                + "Seed, or the MLContext, the same seed on each."));
        }
        return new(all[0].Seed);

        static string Text((int Seed, int IsFree) rank) => rank.IsFree == 1 ? "drawn" : $"{rank.Seed}";
    }

    /// <exception cref="InvalidOperationException">The ranks are not about to train the same network on the same data.</exception>
    private void CheckAgreement(TrainingPlan plan, TrainingData data)
    {
        if (plan.Ranks.IsAlone)
            return;
        (string Name, object? Value)[] facts =
        [
            ("version of Microsoft.ML.Snn",
                Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? Version("Version")),
            ("machine", TrainingMachine.Describe()),
            ("kind of device", plan.Device.type),
            .. SharedFacts(plan, data),
        ];
        var own = new MemoryStream();
        using (var writer = new BinaryWriter(own))
        {
            foreach ((string name, object? value) in facts)
            {
                UInt128 hash = RunIdentity.Of([(name, value)]).Hash;
                writer.Write(MemoryMarshal.AsBytes<UInt128>([hash]));
                // What is no number or name of something shows by a part of its hash that it is another.
                writer.Write(value is null ? "null" : value is string or Enum or IFormattable or bool ? value.ToString()! : $"{hash:x32}"[..8]);
            }
        }
        byte[][] all = plan.Ranks.Gather(own.ToArray());
        int other = Array.FindIndex(all, rank => !rank.AsSpan().SequenceEqual(all[0]));
        if (other >= 0)
            throw plan.Ranks.OnEachRank(Disagreement([.. facts.Select(fact => fact.Name)], all[0], all[other], other));
    }

    private static InvalidOperationException Disagreement(string[] names, byte[] first, byte[] others, int other)
    {
        List<string> differences = [];
        using BinaryReader firstReader = new(new MemoryStream(first)), otherReader = new(new MemoryStream(others));
        foreach (string name in names)
        {
            (byte[] hash, string value) = (firstReader.ReadBytes(16), firstReader.ReadString());
            (byte[] otherHash, string otherValue) = (otherReader.ReadBytes(16), otherReader.ReadString());
            if (!hash.SequenceEqual(otherHash))
                differences.Add($"{name} is {value} on rank 0, {otherValue} on rank {other}");
        }
        return new($"The ranks do not train the same: {string.Join("; ", differences)}. Start them with the same program, options and data, on "
            + "machines of one kind, with the same number of threads (OMP_NUM_THREADS).");
    }

    /// <summary>All that decides the weights but for the machine: options, what was made of them, and samples.</summary>
    private IEnumerable<(string Name, object? Value)> SharedFacts(TrainingPlan plan, TrainingData data) =>
    [
        .. _options.DecisiveValues(),
        ("shape", plan.Shape.ToString()),
        ("timeSteps", plan.TimeSteps),
        ("classes", plan.Network.Classes),
        ("seed", plan.Reading.Seeds.Seed),
        ("normalizes", plan.Reading.Normalizes),
        // The samples' order: a permutation of all, or what a pool of this size gives.
        ("poolSize", data.Training.PoolSize),
        ("training", data.ContentHash),
    ];

    /// <summary>All that makes it the same run.</summary>
    private RunIdentity Identity(TrainingPlan plan, TrainingData data) => RunIdentity.Of(
    [
        .. SharedFacts(plan, data),
        ("device", plan.Device.ToString()),
        // Validation samples decide where their accuracy does.
        ("validation", plan.EarlyStopping is null ? null : data.ValidationHash),
    ]);
}
