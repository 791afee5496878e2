//! How large types and functions are, and which files a crate takes in by their paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Field, Fields, ImplItem, ItemImpl, ItemMod, ItemStruct, Lit, Type};

use crate::tree::{root, tracked};

/// What is counted, and how much of it is usual at most: the fields of a struct; how many of them
/// that are yes or no stand beside each other; the files besides a type's own with inherent methods of
/// it; the lines of a function from its name to its end.
const USUAL: [(&str, usize); 4] = [("fields", 12), ("bools", 1), ("files", 2), ("lines", 80)];

/// Something larger than usual: rule, file and name, in the order in which they are listed.
pub(crate) type Place = (String, String, String);

/// What all sources say.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// How large what is larger than usual is.
    pub(crate) large: BTreeMap<Place, usize>,
    /// What files take in by a path, from the root: the file, and what it takes.
    pub(crate) taken: Vec<(PathBuf, PathBuf)>,
    sizes: BTreeMap<Place, usize>,
    /// Where each type is, by its name.
    types: BTreeMap<String, BTreeSet<PathBuf>>,
    /// Where each name has inherent methods.
    methods: BTreeMap<String, BTreeSet<PathBuf>>,
}

/// Every source of ours, measured.
pub(crate) static SHAPE: LazyLock<Shape> = LazyLock::new(|| {
    let sources = tracked().filter(|file| file.extension().is_some_and(|it| it == "rs"));
    Shape::of(sources.map(|file| {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        (file, text)
    }))
});

/// Folders of all crates, from the root.
static CRATES: LazyLock<Vec<PathBuf>> = LazyLock::new(|| {
    let manifests = tracked().filter(|file| file.file_name().is_some_and(|it| it == "Cargo.toml"));
    manifests.filter_map(|file| Some(file.parent()?.to_owned())).collect()
});

/// The folder of the crate that a file is in.
pub(crate) fn crate_of(file: &Path) -> &'static Path {
    let above = CRATES.iter().filter(|folder| file.starts_with(folder));
    above.max_by_key(|folder| folder.components().count()).expect("the root is one")
}

impl Shape {
    /// Measures these files, given with their paths from the root.
    pub(crate) fn of(sources: impl Iterator<Item = (PathBuf, String)>) -> Self {
        let mut shape = Self::default();
        for (file, text) in sources {
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
            Reader { shape: &mut shape, file, owner: Vec::new() }.visit_file(&parsed);
        }
        shape.count_files();
        let is_large = |(rule, _, _): &Place, size: usize| {
            USUAL.iter().any(|(known, usual)| known == rule && size > *usual)
        };
        shape.large = shape.sizes.iter().map(|(place, size)| (place.clone(), *size)).collect();
        shape.large.retain(|place, size| is_large(place, *size));
        shape
    }

    /// In how many files besides its own each type has inherent methods.
    fn count_files(&mut self) {
        for (name, files) in &self.methods {
            let Some(homes) = self.types.get(name) else { continue };
            for file in files {
                let home = homes
                    .iter()
                    .filter(|home| crate_of(home) == crate_of(file))
                    .max_by_key(|home| (*home == file, in_common(&module(home), &module(file))));
                if let Some(home) = home.filter(|home| *home != file) {
                    let place = ("files".to_owned(), home.display().to_string(), name.clone());
                    *self.sizes.entry(place).or_default() += 1;
                }
            }
        }
    }
}

/// The names of the modules that lead to a file, its own last.
fn module(file: &Path) -> Vec<String> {
    let file = file.with_extension("");
    let names = file.iter().map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| !["lib", "main", "mod"].contains(&name.as_str())).collect()
}

/// How many modules two files have in common, less those that lead away.
fn in_common(home: &[String], file: &[String]) -> (usize, std::cmp::Reverse<usize>) {
    let common = home.iter().zip(file).take_while(|(one, other)| one == other).count();
    (common, std::cmp::Reverse(home.len()))
}

/// Reads one file.
struct Reader<'a> {
    shape: &'a mut Shape,
    file: PathBuf,
    /// Names of what is around: a type, a trait or a function.
    owner: Vec<String>,
}

impl Reader<'_> {
    /// Notes a size of something here; the largest of all that have this name.
    fn note(&mut self, rule: &str, name: &str, size: usize) {
        let name: Vec<&str> = self.owner.iter().map(String::as_str).chain([name]).collect();
        let place = (rule.to_owned(), self.file.display().to_string(), name.join("::"));
        let known = self.shape.sizes.entry(place).or_default();
        *known = size.max(*known);
    }

    fn within(&mut self, name: &str, read: impl FnOnce(&mut Self)) {
        self.owner.push(name.to_owned());
        read(self);
        self.owner.pop();
    }

    /// A function from its name to its end.
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line + 1 - signature.fn_token.span().start().line;
        self.note("lines", &signature.ident.to_string(), lines);
    }

    fn define(&mut self, name: &syn::Ident) {
        self.shape.types.entry(name.to_string()).or_default().insert(self.file.clone());
    }

    fn takes(&mut self, path: &str) {
        let mut from = self.file.parent().unwrap_or(Path::new("")).to_owned();
        for part in Path::new(path).components() {
            match part {
                Component::ParentDir => assert!(from.pop(), "{path} leads out of the tree"),
                Component::CurDir => {}
                Component::Normal(_) | Component::RootDir | Component::Prefix(_) => from.push(part),
            }
        }
        self.shape.taken.push((self.file.clone(), from));
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.define(&item.ident);
        let name = item.ident.to_string();
        self.note("fields", &name, item.fields.len());
        self.note("bools", &name, bools_in_a_row(&item.fields));
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.define(&item.ident);
        visit::visit_item_union(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let name = name_of(&item.self_ty);
        let has_methods = item.items.iter().any(|it| matches!(it, ImplItem::Fn(_)));
        if item.trait_.is_none() && has_methods {
            let files = self.shape.methods.entry(name.clone()).or_default();
            files.insert(self.file.clone());
        }
        self.within(&name, |reader| visit::visit_item_impl(reader, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.within(&item.ident.to_string(), |reader| visit::visit_item_trait(reader, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        self.within(&item.sig.ident.to_string(), |reader| visit::visit_item_fn(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        let name = item.sig.ident.to_string();
        self.within(&name, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        let name = item.sig.ident.to_string();
        self.within(&name, |reader| visit::visit_trait_item_fn(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if let Some(path) = item.attrs.iter().find_map(path_of) {
            self.takes(&path);
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        if item.path.is_ident("include")
            && let Ok(path) = item.parse_body::<syn::LitStr>()
        {
            self.takes(&path.value());
        }
        visit::visit_macro(self, item);
    }
}

/// How many fields that are yes or no stand beside each other at most.
fn bools_in_a_row(fields: &Fields) -> usize {
    let is_bool = |field: &Field| matches!(&field.ty, Type::Path(it) if it.path.is_ident("bool"));
    let fields: Vec<&Field> = fields.iter().collect();
    let rows = fields.split(|field| !is_bool(field));
    rows.map(<[_]>::len).max().unwrap_or_default()
}

/// What a type is called, without what leads there.
#[expect(clippy::wildcard_enum_match_arm, reason = "it is not exhaustive")]
fn name_of(of: &Type) -> String {
    match of {
        Type::Path(it) => it.path.segments.last().map(|it| it.ident.to_string()),
        Type::Reference(it) => Some(name_of(&it.elem)),
        // Nothing else has inherent methods.
        _ => None,
    }
    .unwrap_or_else(|| "_".to_owned())
}

/// What `#[path = ".."]` says.
fn path_of(attribute: &Attribute) -> Option<String> {
    let pair = attribute.meta.require_name_value().ok().filter(|it| it.path.is_ident("path"))?;
    let Expr::Lit(literal) = &pair.value else { return None };
    let Lit::Str(path) = &literal.lit else { return None };
    Some(path.value())
}
