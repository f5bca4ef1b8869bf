namespace Serve.TestProgram.Behaviour;

/// <summary>Endpoints about which replica has which model.</summary>
internal static class ModelProbes
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/model/where", (DeploymentHandle<ILibrary> library, string model, CancellationToken cancellationToken) =>
            library.With(library.Options with { ModelId = model }).Remote.WhereIsAsync(cancellationToken));
}
