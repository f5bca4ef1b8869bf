using Serve.ModelServer.Args;
using Serve.ModelServer.Models;

namespace Serve.ModelServer;

/// <summary>Makes the deployments of the program out of its args: the one in front, and one for each entry of <c>models</c>.</summary>
internal static class ModelServerExtensions
{
    /// <exception cref="ServeArgsException">The args can't be used.</exception>
    public static ServeBuilder AddModelServer(this WebApplicationBuilder builder)
    {
        ModelServerArgs? args = null;
        var serve = builder.AddServe(options =>
        {
            args = ModelServerArgs.Read(options.Args);
            foreach (var model in args.Models)
                options.AddDeployment<ModelDeployment>(model.Name, new DeploymentAttribute { MaxOngoingRequests = model.MaxOngoingRequests });
            // What only passes requests on needs no core of its own, and holds each of them for as long as a model works on it.
            options.AddDeployment<ModelIngress>(ModelServerArgs.Ingress, new DeploymentAttribute { NumCpus = args.Repository is null ? 0 : 1, MaxOngoingRequests = 1000 });
        });
        builder.Services.AddSingleton(args!);
        return serve;
    }
}
