using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Hosting;
using Serve.Wire.Control;

namespace Serve;

/// <summary>Goes on with what <c>AddServe</c> began.</summary>
public sealed class ServeBuilder
{
    private readonly WebApplicationBuilder _builder;

    internal ServeBuilder(WebApplicationBuilder builder)
    {
        _builder = builder;
    }

    /// <summary>
    /// Binds the application's <c>args</c> (without a controller: the section <c>Serve:Args</c> of the configuration) to a class,
    /// which constructors get as <c>IOptions&lt;T&gt;</c>. Data annotations on it are checked when the
    /// application is deployed, before any replica starts, and at the start.
    /// </summary>
    /// <typeparam name="TArgs">The class; a property <c>ModelPath</c> is read from <c>modelpath</c> or <c>ModelPath</c>.</typeparam>
    public ServeBuilder BindArgs<TArgs>()
        where TArgs : class
    {
        _builder.Services.AddSingleton<ArgsCheck, ArgsCheck<TArgs>>();
        _builder.Services.AddOptions<TArgs>().BindConfiguration(ProgramContract.ArgsSection, options => options.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        return this;
    }
}
