using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace WebApp.Limits;

/// <summary>Addresses as the limits count them.</summary>
internal static class ClientAddress
{
    /// <summary>The address itself; of IPv6 its network of 64 bits, which is what one client is given.</summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Reads an address, or a network such as 10.0.0.0/8.</summary>
    public static bool TryParseNetwork(string text, [NotNullWhen(true)] out IPNetwork? network)
    {
        network = IPAddress.TryParse(text, out IPAddress? address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : IPNetwork.TryParse(text, out IPNetwork parsed) ? parsed : null;
        return network is not null;
    }
}
