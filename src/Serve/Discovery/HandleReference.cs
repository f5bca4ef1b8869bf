namespace Serve.Discovery;

/// <summary>A handle that a constructor asks for.</summary>
/// <param name="Interface">The interface that it calls.</param>
/// <param name="Deployment">The deployment that it names, or null where the interface decides.</param>
/// <param name="Application">The application that it names, or null for its own.</param>
internal sealed record HandleReference(Type Interface, string? Deployment = null, string? Application = null)
{
    private const char Separator = '/';

    /// <param name="type">The interface.</param>
    /// <param name="name"><c>deployment</c> or <c>application/deployment</c>.</param>
    /// <exception cref="InvalidOperationException">It names neither.</exception>
    public static HandleReference Of(Type type, string? name) => name?.Split(Separator) switch
    {
        null => new HandleReference(type),
        [var deployment] => new HandleReference(type, deployment),
        [{ Length: > 0 } application, { Length: > 0 } deployment] => new HandleReference(type, deployment, application),
        _ => throw new InvalidOperationException($"'{name}' names no deployment; write 'deployment' or 'application/deployment'."),
    };
}
