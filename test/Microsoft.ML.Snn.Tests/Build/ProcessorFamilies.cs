using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Microsoft.ML.Snn.Tests.Build;

/// <summary>One library for all processors: vectors are the portable ones, which the runtime compiles for x64 and Arm64 alike.</summary>
public class ProcessorFamilies
{
    [Fact]
    public void The_library_is_for_any_processor()
    {
        using var file = new PEReader(File.OpenRead(typeof(FoldedNetwork).Assembly.Location));
        Assert.Equal(CorFlags.ILOnly, file.PEHeaders.CorHeader!.Flags & (CorFlags.ILOnly | CorFlags.Requires32Bit));
        Assert.Equal(Machine.I386, file.PEHeaders.CoffHeader.Machine);
        Assert.Equal(PEMagic.PE32, file.PEHeaders.PEHeader!.Magic);
    }

    [Fact]
    public void No_instruction_of_one_processor_family_is_named_but_the_question_what_an_x64_can_do()
    {
        using var file = new PEReader(File.OpenRead(typeof(FoldedNetwork).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string[] families = ["System.Runtime.Intrinsics.X86", "System.Runtime.Intrinsics.Arm", "System.Runtime.Intrinsics.Wasm"];
        IEnumerable<string> named = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => families.Contains(metadata.GetString(type.Namespace))).Select(type => metadata.GetString(type.Name));
        // X86Base tells the trainer whether an x64 processor has bfloat16; elsewhere it says that it is not supported.
        Assert.Equal(["X86Base"], named);
    }
}
