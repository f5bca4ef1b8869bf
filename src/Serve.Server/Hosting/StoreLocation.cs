using Serve.Admin;

namespace Serve.Server.Hosting;

/// <summary>Where a node finds its controller's store: the controller's data folder, or a socket itself.</summary>
internal static class StoreLocation
{
    /// <summary>Checks what an operator gave as the place to join.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? WhyNot(string place)
    {
        var isAddress = place.Contains("://", StringComparison.Ordinal)
            || (!place.Contains(Path.DirectorySeparatorChar) && place.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(place.AsSpan(colon + 1), out _));
        return isAddress
            ? $"'{place}' is a network address, and nodes on other machines are not supported yet; give the data folder of a controller on this machine."
            : null;
    }

    /// <summary>Finds the socket as it is now: a controller that is started again has another one.</summary>
    /// <exception cref="IOException">No controller is there; the message says where it was looked for.</exception>
    public static string FindSocket(string place)
    {
        if (!Directory.Exists(place))
            return File.Exists(place) ? place : throw new IOException($"there is neither a data folder nor a socket at '{place}'");
        var server = ServerAddresses.Read(place) ?? throw new IOException($"no controller runs in the data folder '{place}'");
        return server.Store ?? throw new IOException($"the server in the data folder '{place}' (process {server.Pid}) has a node of its own and takes no others; start it with --role controller");
    }
}
