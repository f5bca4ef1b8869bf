using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Serve.Grpc;

/// <summary>Finds the object that answers a call: the one that is registered, which is the replica's own where the class is a deployment; otherwise a new one for each call.</summary>
internal static class ServiceActivator
{
    /// <exception cref="InvalidOperationException">The class can't be made.</exception>
    public static Func<HttpContext, TService> Of<TService>(IServiceProvider services)
        where TService : class
    {
        if (services.GetService<IServiceProviderIsService>()?.IsService(typeof(TService)) == true)
            return static http => http.RequestServices.GetRequiredService<TService>();
        if (typeof(TService).IsAbstract)
            throw new InvalidOperationException($"The gRPC service {typeof(TService)} is abstract and not registered; register it, or map the class that derives from it.");
        var make = ActivatorUtilities.CreateFactory<TService>([]);
        return http =>
        {
            var service = make(http.RequestServices, []);
            if (service is IAsyncDisposable asyncDisposable)
                http.Response.RegisterForDisposeAsync(asyncDisposable);
            else if (service is IDisposable disposable)
                http.Response.RegisterForDispose(disposable);
            return service;
        };
    }
}
