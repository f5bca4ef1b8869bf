namespace Serve.Replica.Server;

/// <summary>What the hop says of a request beside HTTP: its id, and how long it may take.</summary>
internal interface IRequestContextFeature
{
    /// <summary>A new context each time; the first middleware asks once.</summary>
    RequestContext RequestContext { get; }
}
