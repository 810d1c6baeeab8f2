using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.Snn.Tests.Build;

/// <summary>Libraries for all processors: vectors are the portable ones, which the runtime compiles for x64 and Arm64 alike.</summary>
public class ProcessorFamilies
{
    [Theory]
    [InlineData(typeof(SpikingNetwork))]
    [InlineData(typeof(SpikingResNetTrainer))]
    public void A_library_is_for_any_processor(Type part)
    {
        using var file = new PEReader(File.OpenRead(part.Assembly.Location));
        Assert.Equal(CorFlags.ILOnly, file.PEHeaders.CorHeader!.Flags & (CorFlags.ILOnly | CorFlags.Requires32Bit));
        Assert.Equal(Machine.I386, file.PEHeaders.CoffHeader.Machine);
        Assert.Equal(PEMagic.PE32, file.PEHeaders.PEHeader!.Magic);
    }

    [Fact]
    public void The_engine_names_no_instruction_of_one_processor_family() => Assert.Empty(Named(typeof(SpikingNetwork)));

    // X86Base tells the trainer whether an x64 processor has bfloat16; elsewhere it says that it is not supported.
    [Fact]
    public void The_trainers_library_names_but_the_question_what_an_x64_can_do() =>
        Assert.Equal(["X86Base"], Named(typeof(SpikingResNetTrainer)));

    private static string[] Named(Type part)
    {
        using var file = new PEReader(File.OpenRead(part.Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string[] families = ["System.Runtime.Intrinsics.X86", "System.Runtime.Intrinsics.Arm", "System.Runtime.Intrinsics.Wasm"];
        return [.. metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => families.Contains(metadata.GetString(type.Namespace))).Select(type => metadata.GetString(type.Name))];
    }
}
