namespace Serve.Server.Hosting;

/// <summary>Which parts of a server a process has.</summary>
internal enum ServerRole
{
    /// <summary>Everything: they live and die together.</summary>
    All,

    /// <summary>Store, controller and admin API.</summary>
    Controller,

    /// <summary>Node agent and proxy; the store is a controller's.</summary>
    Node,
}
