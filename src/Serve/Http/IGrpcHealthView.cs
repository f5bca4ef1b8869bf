namespace Serve.Http;

/// <summary>Who can say how the gRPC services that are reached here are.</summary>
internal interface IGrpcHealthView
{
    /// <param name="service">The full name of a service; nothing is the whole.</param>
    /// <returns>Whether it can be called; null where there is no such service.</returns>
    bool? IsServing(string service);

    /// <summary>Completes when that may have changed.</summary>
    Task WhenChangedAsync();
}
