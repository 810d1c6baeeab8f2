using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.EventTransforms.Augmenting;

/// <summary>
/// Changes the recordings of a column in place. Behind <c>ml.Data.AugmentEvents</c> alone: it changes views, and is no part of any model.
/// </summary>
internal sealed class EventAugmentingTransformer(IHostEnvironment env, EventAugmentation augmentation, int seed, string column)
    : OneToOneTransformerBase(Contracts.CheckRef(env, nameof(env)).Register(nameof(EventAugmentingTransformer)), (column, column))
{
    protected override void SaveModel(ModelSaveContext ctx) => throw Host.ExceptNotSupp(
        "AugmentEvents changes rows at random, for training: it cannot be saved. Save the model that was trained on them.");

    protected override void CheckInputColumn(DataViewSchema inputSchema, int col, int srcCol)
    {
        DataViewSchema.Column input = inputSchema[srcCol];
        if (input.Type is not EventRecordingDataViewType)
            throw Host.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "EventRecording", input.Type.ToString());
    }

    protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema, augmentation, seed, column);

    private sealed class Mapper(
        EventAugmentingTransformer parent, DataViewSchema inputSchema, EventAugmentation augmentation, int seed, string column)
        : OneToOneMapperBase(parent.Host.Register(nameof(Mapper)), parent, inputSchema)
    {
        protected override DataViewSchema.DetachedColumn[] GetOutputColumnsCore() => [new(column, new EventRecordingDataViewType())];

        protected override Delegate MakeGetter(DataViewRow input, int iinfo, Func<int, bool> activeOutput, out Action? disposer)
        {
            disposer = null;
            ValueGetter<EventRecording?> getRecording = input.GetGetter<EventRecording?>(input.Schema[ColMapNewToOld[0]]);
            ValueGetter<EventRecording?> getter = (ref EventRecording? recording) =>
            {
                getRecording(ref recording);
                recording = recording is null ? null : augmentation.Apply(recording, seed);
            };
            return getter;
        }
    }
}
