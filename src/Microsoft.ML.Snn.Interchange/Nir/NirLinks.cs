using System.Collections;
using System.Reflection;
using PureHDF;
using PureHDF.VOL.Native;

namespace Microsoft.ML.Snn.Interchange.Nir;

/// <summary>
/// Refuses what leads elsewhere before PureHDF follows it: links by names, into other files or from one to the next in a circle, and
/// datasets whose values are in other files. PureHDF tells nobody what links there are; what knows it inside is asked by reflection, so
/// apps from which that was trimmed read no graphs.
/// </summary>
internal static class NirLinks
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <exception cref="NotSupportedException">The group has a link by name.</exception>
    public static void Check(IH5Group group, string name)
    {
        // Of groups in an old form, the entry that leads to them may say where their table is.
        if (Field(group, "_scratchPad") is { } table)
            CheckTable(group, table, name);
        foreach (object message in Messages(group))
        {
            switch (message.GetType().Name)
            {
                case "LinkMessage":
                    CheckLink(message, name);
                    break;
                case "LinkInfoMessage" when !IsUndefined(group, Get(message, "BTree2NameIndexAddress")!):
                    // Many links are in a heap.
                    foreach (object link in (IEnumerable)Call(group, "EnumerateLinkMessagesFromLinkInfoMessage", message)!)
                        CheckLink(link, name);
                    break;
                case "SymbolTableMessage":
                    CheckTable(group, message, name);
                    break;
            }
        }
    }

    /// <exception cref="NotSupportedException">The dataset has its values in other files.</exception>
    public static void Check(NativeDataset dataset, string name)
    {
        if (dataset.Layout.Class == H5DataLayoutClass.VirtualStorage
            || Messages(dataset).Any(message => message.GetType().Name == "ExternalFileListMessage"))
            throw new NotSupportedException($"{name} has its values in other files, which are not read: copy them into this one.");
    }

    private static IEnumerable<object> Messages(IH5Object target) =>
        ((IEnumerable)Get(Get(target, "Header")!, "HeaderMessages")!).Cast<object>().Select(message => Get(message, "Data"))
            .OfType<object>();

    private static bool IsUndefined(IH5Group group, object address) =>
        (bool)Call(Get(Get(group, "Context")!, "Superblock")!, "IsUndefinedAddress", address)!;

    private static void CheckLink(object link, string name)
    {
        if (Get(link, "LinkType")!.ToString() != "Hard")
            throw Refuse(name, Get(link, "LinkName"));
    }

    private static void CheckTable(IH5Group group, object table, string name)
    {
        MethodInfo find = Method(table, "GetBTree1");
        var decode = Delegate.CreateDelegate(find.GetParameters()[0].ParameterType, group, Method(group, "DecodeGroupKey"));
        foreach (object node in (IEnumerable)Call(group, "EnumerateSymbolTableNodes", Call(table, "GetBTree1", decode)!)!)
        {
            foreach (object entry in (IEnumerable)Get(node, "GroupEntries")!)
            {
                if (Get(entry, "ScratchPad")?.GetType().Name == "SymbolicLinkScratchPad")
                    throw Refuse(name, null);
            }
        }
    }

    private static NotSupportedException Refuse(string name, object? link) => new(
        $"{name} has a link to another place{(link is null ? "" : $", '{link}'")}, which is not followed: copy what it leads to.");

    private static object? Get(object from, string property) => (from.GetType().GetProperty(property, Any) ?? throw Missing(from, property))
        .GetValue(from);

    private static object? Field(object from, string field) => (from.GetType().GetField(field, Any)
        ?? typeof(NativeGroup).GetField(field, Any) ?? throw Missing(from, field)).GetValue(from);

    private static object? Call(object target, string method, params object[] arguments) =>
        Method(target, method).Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);

    private static MethodInfo Method(object target, string method)
    {
        // The root's type is derived from that which has the method.
        for (Type? type = target.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetMethod(method, Any | BindingFlags.DeclaredOnly) is { } found)
                return found;
        }
        throw Missing(target, method);
    }

    private static PlatformNotSupportedException Missing(object target, string member) => new(
        $"NIR graphs cannot be read in this app: it was published without {target.GetType().Name}.{member} of PureHDF. Publish it without "
        + "trimming and not as native code.");
}
