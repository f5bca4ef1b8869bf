namespace Serve.Multiplexing;

/// <summary>The models of an object, whatever their type.</summary>
internal interface IModelCache
{
    /// <summary>Unloads all models, each when its users are done.</summary>
    Task CloseAsync(CancellationToken cancellationToken);
}
